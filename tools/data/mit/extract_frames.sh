#!/usr/bin/env sh
# RGB frames and optical flow (TV-L1) of Moments in Time. Further arguments go to build_rawframes.py, e.g. --num-worker 4 --resume.
set -e
. "$(dirname "$0")/../common.sh"

tool build_rawframes.py data/mit/videos/training data/mit/rawframes/training --task both --flow-type tvl1 --level 2 --ext mp4 "$@"
tool build_rawframes.py data/mit/videos/validation data/mit/rawframes/validation --task both --flow-type tvl1 --level 2 --ext mp4 "$@"
