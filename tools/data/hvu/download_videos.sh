#!/usr/bin/env bash
# Fetch the clips of HVU into data/hvu/videos_{train,val}. Needs yt-dlp and ffmpeg.
set -euo pipefail
cd "$(dirname "$0")"
DATA_DIR="../../../data/hvu"
for part in train val; do
    python download.py "$DATA_DIR/annotations/hvu_$part.csv" "$DATA_DIR/videos_$part"
done
