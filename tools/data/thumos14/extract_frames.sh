#!/usr/bin/env sh
# RGB frames and optical flow (TV-L1) of THUMOS14. Further arguments go to build_rawframes.py, e.g. --num-worker 4 --resume.
set -e
. "$(dirname "$0")/../common.sh"

tool build_rawframes.py data/thumos14/videos/val data/thumos14/rawframes/val --task both --flow-type tvl1 --level 1 --ext mp4 --new-width 340 --new-height 256 "$@"
tool build_rawframes.py data/thumos14/videos/test data/thumos14/rawframes/test --task both --flow-type tvl1 --level 1 --ext mp4 --new-width 340 --new-height 256 "$@"
