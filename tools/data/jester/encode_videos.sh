#!/usr/bin/env sh
# Videos of the frames of Jester, 12 per second. Further arguments go to build_videos.py.
set -e
. "$(dirname "$0")/../common.sh"

tool build_videos.py data/jester/rawframes data/jester/videos --fps 12 --level 1 --start-idx 1 --filename-tmpl %05d "$@"
