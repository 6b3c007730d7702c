#!/usr/bin/env sh
# Lists of HMDB51, videos. Further arguments go to build_file_list.py.
set -e
. "$(dirname "$0")/../common.sh"

tool build_file_list.py hmdb51 data/hmdb51/videos --level 2 --format videos --shuffle "$@"
