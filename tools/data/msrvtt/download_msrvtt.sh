#!/usr/bin/env sh
# The videos of MSR-VTT (2 GB), and a check of the annotations.
set -e
. "$(dirname "$0")/../common.sh"

fetch https://www.robots.ox.ac.uk/~maxbain/frozen-in-time/data/MSRVTT.zip data/msrvtt/MSRVTT.zip
unpack data/msrvtt/MSRVTT.zip data/msrvtt
rename_to data/msrvtt/MSRVTT/videos/all data/msrvtt/videos

folder=data/msrvtt/annotations
run mkdir -p "$folder"
missing "$folder/msrvtt_ret_train9k.json" "$folder/msrvtt_ret_test1k.json" "$folder/msrvtt_qa_train.json" \
    "$folder/msrvtt_qa_val.json" "$folder/msrvtt_qa_test.json" "$folder/msrvtt_qa_answer_list.json" "$folder/msrvtt_mc_test.json"
