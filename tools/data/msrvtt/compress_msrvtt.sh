#!/usr/bin/env sh
# The videos of MSR-VTT at 2 frames per second and 224 pixels, as the VindLU configs read them.
set -e
. "$(dirname "$0")/../common.sh"

tool msrvtt/compress.py --input_root data/msrvtt/videos --output_root data/msrvtt/videos_2fps_224 --fps 2 --size 224 \
    --file_type video --num_workers 24 "$@"
