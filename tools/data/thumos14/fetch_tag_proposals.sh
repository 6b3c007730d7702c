#!/usr/bin/env sh
# The proposals of TAG, normalized by the length of the videos.
set -e
. "$(dirname "$0")/../common.sh"

site=https://raw.githubusercontent.com/yjxiong/action-detection/master/data
for part in val test; do
    name=thumos14_tag_${part}_normalized_proposal_list.txt
    fetch "$site/$name" "data/thumos14/proposals/$name"
done
