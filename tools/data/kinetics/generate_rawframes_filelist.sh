#!/usr/bin/env sh
# Lists of frames: generate_rawframes_filelist.sh kinetics400|kinetics600|kinetics700.
set -e
. "$(dirname "$0")/../common.sh"

DATASET=${1:-}
choose "$DATASET" kinetics400 kinetics600 kinetics700
shift

for part in train val; do
    tool build_file_list.py "$DATASET" "data/$DATASET/rawframes_$part" --level 2 --num-split 1 --subset "$part" \
        --format rawframes --shuffle "$@"
done
