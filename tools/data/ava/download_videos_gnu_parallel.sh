#!/usr/bin/env sh
# The videos of AVA from the CVDF mirror with GNU parallel; NUM_JOBS in the environment, default: 10.
set -e
. "$(dirname "$0")/../common.sh"

need parallel
list=data/ava/annotations/ava_file_names_trainval_v2.1.txt
fetch https://s3.amazonaws.com/ava-dataset/annotations/ava_file_names_trainval_v2.1.txt "$list"
run mkdir -p data/ava/videos
run parallel --jobs "${NUM_JOBS:-10}" --joblog data/ava/videos/jobs.log \
    wget --continue --directory-prefix data/ava/videos "https://s3.amazonaws.com/ava-dataset/trainval/{}" :::: "$list"
