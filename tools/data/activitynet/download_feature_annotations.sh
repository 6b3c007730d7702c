#!/usr/bin/env bash
# Annotations and video information for localizers that learn from features.
set -euo pipefail
DATA_DIR="../../../data/ActivityNet"
BSN="https://raw.githubusercontent.com/wzmsltw/BSN-boundary-sensitive-network.pytorch/master/data/activitynet_annotations"
mkdir -p "$DATA_DIR"
wget -nc -P "$DATA_DIR" "$BSN/anet_anno_action.json" "$BSN/video_info_new.csv"
wget -nc -P "$DATA_DIR" https://download.openmmlab.com/mmaction/localization/anet_activity_indexes_val.txt
