#!/usr/bin/env sh
# List the videos of video_info_new.csv (download_feature_annotations.sh) that are not there, and say how to get them.
set -e
. "$(dirname "$0")/../common.sh"

tool activitynet/download.py --data-dir data/ActivityNet --bsn "$@"
