#!/usr/bin/env sh
# RGB frames of Diving48. Further arguments go to build_rawframes.py, e.g. --num-worker 4 --resume.
set -e
. "$(dirname "$0")/../common.sh"

tool build_rawframes.py data/diving48/videos data/diving48/rawframes --task rgb --level 1 --ext mp4 "$@"
