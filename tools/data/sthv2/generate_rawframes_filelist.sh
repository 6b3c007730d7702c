#!/usr/bin/env sh
# Lists of Something-Something V2, frames. Further arguments go to build_file_list.py.
set -e
. "$(dirname "$0")/../common.sh"

tool build_file_list.py sthv2 data/sthv2/rawframes --num-split 1 --level 1 --subset train --format rawframes --shuffle "$@"
tool build_file_list.py sthv2 data/sthv2/rawframes --num-split 1 --level 1 --subset val --format rawframes --shuffle "$@"
