#!/usr/bin/env sh
# List the clips of HVU that are not there, and say how to get them.
set -e
. "$(dirname "$0")/../common.sh"

for part in train val; do
    tool hvu/download.py "data/hvu/annotations/hvu_$part.csv" "data/hvu/videos_$part" "$@"
done
