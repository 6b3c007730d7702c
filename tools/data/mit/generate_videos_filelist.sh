#!/usr/bin/env sh
# Lists of Moments in Time, videos. Further arguments go to build_file_list.py.
set -e
. "$(dirname "$0")/../common.sh"

tool build_file_list.py mit data/mit/videos/training --level 2 --num-split 1 --subset train --format videos --shuffle "$@"
tool build_file_list.py mit data/mit/videos/validation --level 2 --num-split 1 --subset val --format videos --shuffle "$@"
