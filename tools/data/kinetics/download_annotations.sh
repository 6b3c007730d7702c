#!/usr/bin/env sh
# The official annotations: download_annotations.sh kinetics400|kinetics600|kinetics700.
set -e
. "$(dirname "$0")/../common.sh"

DATASET=${1:-}
choose "$DATASET" kinetics400 kinetics600 kinetics700
shift

folder=data/$DATASET/annotations
fetch "https://storage.googleapis.com/deepmind-media/Datasets/$DATASET.tar.gz" "data/$DATASET/$DATASET.tar.gz"
unpack "data/$DATASET/$DATASET.tar.gz" "$folder"
lift "$folder/$DATASET"
run mv "$folder/train.csv" "$folder/kinetics_train.csv"
run mv "$folder/validate.csv" "$folder/kinetics_val.csv"
run mv "$folder/test.csv" "$folder/kinetics_test.csv"
