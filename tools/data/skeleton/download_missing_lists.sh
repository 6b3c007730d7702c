#!/usr/bin/env sh
# The authors' lists of samples of NTU RGB+D with missing skeletons, for gen_ntu_rgbd_raw.py.
set -e
. "$(dirname "$0")/../common.sh"

site=https://raw.githubusercontent.com/shahroudy/NTURGB-D/master/Matlab
for name in NTU_RGBD_samples_with_missing_skeletons.txt NTU_RGBD120_samples_with_missing_skeletons.txt; do
    fetch "$site/$name" "data/ntu/$name"
done
