#!/usr/bin/env sh
# Optical flow (TV-L1) of Something-Something V1, beside the frames. Further arguments go to build_rawframes.py.
set -e
. "$(dirname "$0")/../common.sh"

tool build_rawframes.py data/sthv1/rawframes data/sthv1/rawframes --task flow --level 1 --flow-type tvl1 --input-frames "$@"
