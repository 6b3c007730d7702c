#!/usr/bin/env sh
# The archives of the CVDF mirror, in folders of classes: download_videos.sh kinetics400|kinetics600|kinetics700.
# Further arguments go to download.py.
set -e
. "$(dirname "$0")/../common.sh"

DATASET=${1:-}
choose "$DATASET" kinetics400 kinetics600 kinetics700
shift

for part in train val; do
    tool kinetics/download.py "data/$DATASET/annotations/kinetics_$part.csv" "data/$DATASET/videos_$part" "$@"
done
