#!/usr/bin/env sh
# Lists of UCF101, videos. Further arguments go to build_file_list.py.
set -e
. "$(dirname "$0")/../common.sh"

tool build_file_list.py ucf101 data/ucf101/videos --level 2 --format videos --shuffle "$@"
