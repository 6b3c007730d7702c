#!/usr/bin/env sh
# The splits and class names of Diving48, V2.
set -e
. "$(dirname "$0")/../common.sh"

site=http://www.svcl.ucsd.edu/projects/resound
for name in Diving48_vocab.json Diving48_V2_train.json Diving48_V2_test.json; do
    fetch "$site/$name" "data/diving48/annotations/$name"
done
