#!/usr/bin/env sh
# The lists and tags of HVU in data/hvu/annotations; needs git and unzip.
set -e
. "$(dirname "$0")/../common.sh"

folder=data/hvu/annotations
source=data/hvu/HVU-Dataset
if [ ! -d "$source" ]; then
    need git
    run git clone --depth 1 https://github.com/holistic-video-understanding/HVU-Dataset.git "$source"
fi
run mkdir -p "$folder"
unpack "$source/HVU_Train_V1.0.zip" "$source/unpacked"
unpack "$source/HVU_Val_V1.0.zip" "$source/unpacked"
run find "$source/unpacked" -name HVU_Train_V1.0.csv -exec cp {} "$folder/hvu_train.csv" ';'
run find "$source/unpacked" -name HVU_Val_V1.0.csv -exec cp {} "$folder/hvu_val.csv" ';'
run cp "$source/HVU_Tags_Categories_V1.0.csv" "$folder/hvu_categories.csv"
tool hvu/parse_tag_list.py --tag-csv "$folder/hvu_categories.csv" --output "$folder/hvu_tags.json"
