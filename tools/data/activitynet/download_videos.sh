#!/usr/bin/env sh
# List the videos of activity_net.v1-3.min.json (download_annotations.sh) that are not there, and say how to get them.
set -e
. "$(dirname "$0")/../common.sh"

tool activitynet/download.py --data-dir data/ActivityNet "$@"
