#!/usr/bin/env sh
# Pose annotations of OpenMMLab: download_annotations.sh NAME..., of ntu60_2d ntu60_3d ntu120_2d ntu120_3d gym_2d
# hmdb51_2d ucf101_2d k400_2d.
set -e
. "$(dirname "$0")/../common.sh"

site=https://download.openmmlab.com/mmaction/v1.0/skeleton/data
if [ $# -eq 0 ]; then
    fail "usage: $0 NAME..., such as ntu60_2d"
fi
for name in "$@"; do
    choose "$name" ntu60_2d ntu60_3d ntu120_2d ntu120_3d gym_2d hmdb51_2d ucf101_2d k400_2d
    if [ "$name" = k400_2d ]; then
        fetch "$site/k400_2d.zip" data/skeleton/k400_2d.zip
        unpack data/skeleton/k400_2d.zip data/skeleton
    else
        fetch "$site/$name.pkl" "data/skeleton/$name.pkl"
    fi
done
