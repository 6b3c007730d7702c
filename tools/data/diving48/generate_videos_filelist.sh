#!/usr/bin/env sh
# Lists of Diving48, videos. Further arguments go to build_file_list.py.
set -e
. "$(dirname "$0")/../common.sh"

tool build_file_list.py diving48 data/diving48/videos --num-split 1 --level 1 --subset train --format videos --shuffle "$@"
tool build_file_list.py diving48 data/diving48/videos --num-split 1 --level 1 --subset val --format videos --shuffle "$@"
