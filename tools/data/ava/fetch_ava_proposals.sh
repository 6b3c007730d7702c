#!/usr/bin/env sh
# The boxes of persons in AVA, found by a Faster R-CNN of FAIR (93.9 % recall).
set -e
. "$(dirname "$0")/../common.sh"

for part in train val test; do
    name=ava_dense_proposals_$part.FAIR.recall_93.9.pkl
    fetch "https://download.openmmlab.com/mmaction/dataset/ava/$name" "data/ava/annotations/$name"
done
