#!/usr/bin/env sh
# The videos of AVA from the CVDF mirror, many at a time. Further arguments go to the tool, e.g. --num-jobs 8.
set -e
. "$(dirname "$0")/../common.sh"

list=data/ava/annotations/ava_file_names_trainval_v2.1.txt
fetch https://s3.amazonaws.com/ava-dataset/annotations/ava_file_names_trainval_v2.1.txt "$list"
tool ava/download_videos_parallel.py "$list" data/ava/videos "$@"
