#!/usr/bin/env sh
# The three official splits of HMDB51; needs unrar, unar, bsdtar or 7z.
set -e
. "$(dirname "$0")/../common.sh"

fetch http://serre-lab.clps.brown.edu/wp-content/uploads/2013/10/test_train_splits.rar data/hmdb51/splits.rar
unpack data/hmdb51/splits.rar data/hmdb51/annotations
lift data/hmdb51/annotations/testTrainMulti_7030_splits
lift data/hmdb51/annotations/test_train_splits
