#!/usr/bin/env bash
# List the clips in data/hvu/videos_{train,val} with their tags.
set -euo pipefail
cd "$(dirname "$0")"
DATA_DIR="../../../data/hvu"
for part in train val; do
    python generate_file_list.py --input_csv "$DATA_DIR/annotations/hvu_$part.csv" \
        --src_dir "$DATA_DIR/videos_$part" --output "$DATA_DIR/hvu_$part_video.json" --mode videos
done
