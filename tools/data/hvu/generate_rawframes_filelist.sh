#!/usr/bin/env sh
# The clips in data/hvu/rawframes_{train,val} with their tags.
set -e
. "$(dirname "$0")/../common.sh"

for part in train val; do
    tool hvu/generate_file_list.py --input_csv "data/hvu/annotations/hvu_$part.csv" --src_dir "data/hvu/rawframes_$part" \
        --output "data/hvu/hvu_${part}.json" --mode frames
done
