#!/usr/bin/env sh
# Optical flow (TV-L1) of Jester, beside the frames. Further arguments go to build_rawframes.py.
set -e
. "$(dirname "$0")/../common.sh"

tool build_rawframes.py data/jester/rawframes data/jester/rawframes --task flow --level 1 --flow-type tvl1 --input-frames "$@"
