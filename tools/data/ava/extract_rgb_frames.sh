#!/usr/bin/env sh
# RGB frames of AVA. Further arguments go to build_rawframes.py, e.g. --num-worker 4 --resume.
set -e
. "$(dirname "$0")/../common.sh"

tool build_rawframes.py data/ava/videos_15min data/ava/rawframes --task rgb --level 1 --mixed-ext "$@"
