#!/usr/bin/env bash
# The videos of video_info_new.csv (download_feature_annotations.sh); needs yt-dlp.
set -euo pipefail
python download.py --bsn "$@"
