#!/usr/bin/env sh
# The annotations as OpenMMLab keeps them: download_backup_annotations.sh kinetics400|kinetics600|kinetics700.
set -e
. "$(dirname "$0")/../common.sh"

DATASET=${1:-}
choose "$DATASET" kinetics400 kinetics600 kinetics700
shift

for part in train val test; do
    fetch "https://download.openmmlab.com/mmaction/dataset/$DATASET/annotations/kinetics_$part.csv" \
        "data/$DATASET/annotations/kinetics_$part.csv"
done
