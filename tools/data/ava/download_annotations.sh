#!/usr/bin/env sh
# The annotation of AVA. VERSION=2.1 in the environment chooses the older release; default: 2.2.
set -e
. "$(dirname "$0")/../common.sh"

version=${VERSION:-2.2}
choose "$version" 2.1 2.2
fetch "https://research.google.com/ava/download/ava_v$version.zip" "data/ava/annotations/ava_v$version.zip"
unpack "data/ava/annotations/ava_v$version.zip" data/ava/annotations
lift "data/ava/annotations/ava_v$version"
