#!/usr/bin/env sh
# RGB frames of UCF101. Further arguments go to build_rawframes.py, e.g. --num-worker 4 --resume.
set -e
. "$(dirname "$0")/../common.sh"

tool build_rawframes.py data/ucf101/videos data/ucf101/rawframes --task rgb --level 2 --ext avi "$@"
