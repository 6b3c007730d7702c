#!/usr/bin/env sh
# The annotations of Charades-STA, as the authors of DRN prepared them.
set -e
. "$(dirname "$0")/../common.sh"

site=https://raw.githubusercontent.com/Alvin-Zeng/DRN/master/data/dataset/Charades
for name in sta_train.txt sta_test.txt word2id.json fps_dict.json duration.json frames_info.json; do
    fetch "$site/Charades_$name" "data/CharadesSTA/Charades_$name"
done
