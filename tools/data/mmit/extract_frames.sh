#!/usr/bin/env sh
# RGB frames and optical flow (TV-L1) of Multi-Moments in Time. Further arguments go to build_rawframes.py, e.g. --num-worker 4 --resume.
set -e
. "$(dirname "$0")/../common.sh"

tool build_rawframes.py data/mmit/videos data/mmit/rawframes --task both --flow-type tvl1 --level 2 --ext mp4 "$@"
