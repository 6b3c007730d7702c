#!/usr/bin/env sh
# The proposals of TAG in frames of data/thumos14/rawframes, for SSN.
set -e
. "$(dirname "$0")/../common.sh"

for part in val test; do
    tool denormalize_proposal_file.py thumos14 --data-prefix "data/thumos14/rawframes/$part/" \
        --norm-proposal-file "data/thumos14/proposals/thumos14_tag_${part}_normalized_proposal_list.txt"
done
