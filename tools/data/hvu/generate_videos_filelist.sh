#!/usr/bin/env sh
# The clips in data/hvu/videos_{train,val} with their tags.
set -e
. "$(dirname "$0")/../common.sh"

for part in train val; do
    tool hvu/generate_file_list.py --input_csv "data/hvu/annotations/hvu_$part.csv" --src_dir "data/hvu/videos_$part" \
        --output "data/hvu/hvu_${part}_video.json" --mode videos
done
