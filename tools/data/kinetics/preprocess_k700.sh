#!/usr/bin/env sh
# Unpack Kinetics-700 of OpenDataLab; mim download calls it: preprocess_k700.sh DOWNLOAD_DIR DATA_ROOT.
set -e
[ $# -eq 2 ] || { echo "usage: $0 DOWNLOAD_DIR DATA_ROOT" >&2; exit 2; }
# of the folder of the caller
DOWNLOAD_DIR=$(cd "$1" && pwd)
mkdir -p "$2"
DATA_ROOT=$(cd "$2" && pwd)
. "$(dirname "$0")/../common.sh"

mim_dataset Kinetics_700 "$DOWNLOAD_DIR" "$DATA_ROOT"
