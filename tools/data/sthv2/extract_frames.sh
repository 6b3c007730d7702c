#!/usr/bin/env sh
# RGB frames and optical flow (TV-L1) of Something-Something V2. Further arguments go to build_rawframes.py, e.g. --num-worker 4 --resume.
set -e
. "$(dirname "$0")/../common.sh"

tool build_rawframes.py data/sthv2/videos data/sthv2/rawframes --task both --flow-type tvl1 --level 1 --ext webm "$@"
