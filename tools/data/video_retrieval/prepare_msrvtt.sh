#!/usr/bin/env sh
# Videos and captions of MSR-VTT for CLIP4Clip.
set -e
. "$(dirname "$0")/../common.sh"

fetch https://www.robots.ox.ac.uk/~maxbain/frozen-in-time/data/MSRVTT.zip data/video_retrieval/msrvtt/MSRVTT.zip
unpack data/video_retrieval/msrvtt/MSRVTT.zip data/video_retrieval/msrvtt
rename_to data/video_retrieval/msrvtt/MSRVTT/videos/all data/video_retrieval/msrvtt/videos

fetch https://github.com/ArrowLuo/CLIP4Clip/releases/download/v0.0/msrvtt_data.zip data/video_retrieval/msrvtt/msrvtt_data.zip
unpack data/video_retrieval/msrvtt/msrvtt_data.zip data/video_retrieval/msrvtt
tool video_retrieval/prepare_msrvtt.py --data-root data/video_retrieval/msrvtt
