#!/usr/bin/env bash
# Fetch HVU's lists and tags into data/hvu/annotations. Needs git and unzip.
set -euo pipefail
cd "$(dirname "$0")"
DATA_DIR="../../../data/hvu/annotations"
mkdir -p "$DATA_DIR"
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
git clone --depth 1 https://github.com/holistic-video-understanding/HVU-Dataset.git "$WORK/HVU-Dataset"
for part in Train Val; do
    unzip -o "$WORK/HVU-Dataset/HVU_${part}_V1.0.zip" -d "$WORK"
    mv "$(find "$WORK" -name "HVU_${part}_V1.0.csv" | head -n 1)" "$DATA_DIR/hvu_${part,,}.csv"
done
mv "$WORK/HVU-Dataset/HVU_Tags_Categories_V1.0.csv" "$DATA_DIR/hvu_categories.csv"
python parse_tag_list.py
