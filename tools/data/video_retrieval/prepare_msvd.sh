#!/usr/bin/env sh
# Videos and captions of MSVD for CLIP4Clip.
set -e
. "$(dirname "$0")/../common.sh"

folder=data/video_retrieval/msvd
fetch https://www.cs.utexas.edu/users/ml/clamp/videoDescription/YouTubeClips.tar "$folder/YouTubeClips.tar"
unpack "$folder/YouTubeClips.tar" "$folder"
rename_to "$folder/YouTubeClips" "$folder/videos"
fetch https://github.com/ArrowLuo/CLIP4Clip/releases/download/v0.0/msvd_data.zip "$folder/msvd_data.zip"
unpack "$folder/msvd_data.zip" "$folder"
tool video_retrieval/prepare_msvd.py --data-root "$folder"
