#!/usr/bin/env sh
# Videos of the frames of Something-Something V1, 12 per second. Further arguments go to build_videos.py.
set -e
. "$(dirname "$0")/../common.sh"

tool build_videos.py data/sthv1/rawframes data/sthv1/videos --fps 12 --level 1 --start-idx 1 --filename-tmpl %05d "$@"
