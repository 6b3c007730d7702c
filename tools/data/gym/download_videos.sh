#!/usr/bin/env sh
# List the videos of FineGym that are not there, and say how to get them.
set -e
. "$(dirname "$0")/../common.sh"

tool gym/download.py data/gym/annotations/annotation.json data/gym/videos "$@"
