#!/usr/bin/env bash
# The annotations of Charades-STA, as the authors of DRN prepared them.
set -euo pipefail
DATA_DIR="../../../data/CharadesSTA"
DRN="https://raw.githubusercontent.com/Alvin-Zeng/DRN/master/data/dataset/Charades"
mkdir -p "$DATA_DIR"
for NAME in sta_train.txt sta_test.txt word2id.json fps_dict.json duration.json frames_info.json; do
  wget -nc -P "$DATA_DIR" "$DRN/Charades_$NAME"
done
