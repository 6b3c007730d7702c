#!/usr/bin/env bash
# The videos of activity_net.v1-3.min.json (download_annotations.sh); needs yt-dlp.
set -euo pipefail
python download.py "$@"
