#!/usr/bin/env sh
# RGB frames, decoded by OpenCV of Something-Something V2. Further arguments go to build_rawframes.py, e.g. --num-worker 4 --resume.
set -e
. "$(dirname "$0")/../common.sh"

tool build_rawframes.py data/sthv2/videos data/sthv2/rawframes --task rgb --level 1 --ext webm --use-opencv "$@"
