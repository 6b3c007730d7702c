#!/usr/bin/env sh
# RGB frames and optical flow (TV-L1) of the subactions. Further arguments go to build_rawframes.py.
set -e
. "$(dirname "$0")/../common.sh"

tool build_rawframes.py data/gym/subactions data/gym/subaction_frames --level 1 --ext mp4 --task both --flow-type tvl1 \
    --new-short 256 "$@"
