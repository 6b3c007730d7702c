#!/usr/bin/env sh
# The three official splits of UCF101.
set -e
. "$(dirname "$0")/../common.sh"

fetch https://www.crcv.ucf.edu/wp-content/uploads/2019/03/UCF101TrainTestSplits-RecognitionTask.zip data/ucf101/splits.zip
unpack data/ucf101/splits.zip data/ucf101/annotations
lift data/ucf101/annotations/ucfTrainTestlist
