#!/usr/bin/env sh
# RGB frames and optical flow (TV-L1) of HVU. Further arguments go to build_rawframes.py.
set -e
. "$(dirname "$0")/../common.sh"

for part in train val; do
    tool build_rawframes.py "data/hvu/videos_$part" "data/hvu/rawframes_$part" --level 1 --ext mp4 --task both --flow-type tvl1 \
        --new-short 256 "$@"
done
