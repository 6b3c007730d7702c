#!/usr/bin/env sh
# RGB frames, decoded by OpenCV, of Kinetics: extract_rgb_frames_opencv.sh kinetics400|kinetics600|kinetics700. Further arguments go to
# build_rawframes.py, e.g. --num-worker 4 --resume.
set -e
. "$(dirname "$0")/../common.sh"

DATASET=${1:-}
choose "$DATASET" kinetics400 kinetics600 kinetics700
shift

for part in train val; do
    tool build_rawframes.py "data/$DATASET/videos_$part" "data/$DATASET/rawframes_$part" --level 2 \
        --ext mp4 --new-short 256 --task rgb --use-opencv "$@"
done
