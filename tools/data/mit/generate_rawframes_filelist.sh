#!/usr/bin/env sh
# Lists of Moments in Time, frames. Further arguments go to build_file_list.py.
set -e
. "$(dirname "$0")/../common.sh"

tool build_file_list.py mit data/mit/rawframes/training --level 2 --num-split 1 --subset train --format rawframes --shuffle "$@"
tool build_file_list.py mit data/mit/rawframes/validation --level 2 --num-split 1 --subset val --format rawframes --shuffle "$@"
