#!/usr/bin/env sh
# RGB frames and optical flow (TV-L1) of ActivityNet. Further arguments go to build_rawframes.py.
set -e
. "$(dirname "$0")/../common.sh"

tool build_rawframes.py data/ActivityNet/videos data/ActivityNet/rawframes --level 1 --ext mp4 --task both --flow-type tvl1 \
    --new-width 340 --new-height 256 "$@"
