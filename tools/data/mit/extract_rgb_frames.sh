#!/usr/bin/env sh
# RGB frames of Moments in Time. Further arguments go to build_rawframes.py, e.g. --num-worker 4 --resume.
set -e
. "$(dirname "$0")/../common.sh"

tool build_rawframes.py data/mit/videos/training data/mit/rawframes/training --task rgb --level 2 --ext mp4 "$@"
tool build_rawframes.py data/mit/videos/validation data/mit/rawframes/validation --task rgb --level 2 --ext mp4 "$@"
