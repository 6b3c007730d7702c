#!/usr/bin/env sh
# Unpack Something-Something V2 of OpenDataLab; mim download calls it: preprocess.sh DOWNLOAD_DIR DATA_ROOT.
set -e
[ $# -eq 2 ] || { echo "usage: $0 DOWNLOAD_DIR DATA_ROOT" >&2; exit 2; }
# of the folder of the caller
DOWNLOAD_DIR=$(cd "$1" && pwd)
mkdir -p "$2"
DATA_ROOT=$(cd "$2" && pwd)
. "$(dirname "$0")/../common.sh"

mim_dataset sthv2 "$DOWNLOAD_DIR" "$DATA_ROOT"
if [ -f "$DATA_ROOT/sthv2.tar" ]; then
    unpack "$DATA_ROOT/sthv2.tar" "$DATA_ROOT"
    lift "$DATA_ROOT/sthv2"
    run rm "$DATA_ROOT/sthv2.tar"
fi
