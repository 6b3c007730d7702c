#!/usr/bin/env sh
# Lists of HMDB51, frames. Further arguments go to build_file_list.py.
set -e
. "$(dirname "$0")/../common.sh"

tool build_file_list.py hmdb51 data/hmdb51/rawframes --level 2 --format rawframes --shuffle "$@"
