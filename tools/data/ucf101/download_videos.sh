#!/usr/bin/env sh
# The videos of UCF101 (7 GB); needs unrar, unar, bsdtar or 7z.
set -e
. "$(dirname "$0")/../common.sh"

fetch https://www.crcv.ucf.edu/datasets/human-actions/ucf101/UCF101.rar data/ucf101/UCF101.rar
unpack data/ucf101/UCF101.rar data/ucf101
rename_to data/ucf101/UCF-101 data/ucf101/videos
