#!/usr/bin/env sh
# Annotations and video information for localizers that learn from features.
set -e
. "$(dirname "$0")/../common.sh"

bsn=https://raw.githubusercontent.com/wzmsltw/BSN-boundary-sensitive-network.pytorch/master/data/activitynet_annotations
for name in anet_anno_action.json video_info_new.csv; do
    fetch "$bsn/$name" "data/ActivityNet/$name"
done
fetch https://download.openmmlab.com/mmaction/localization/anet_activity_indexes_val.txt \
    data/ActivityNet/anet_activity_indexes_val.txt
