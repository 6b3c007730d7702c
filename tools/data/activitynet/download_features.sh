#!/usr/bin/env bash
# The features are on a drive that needs a browser: tell where.
cat <<'TEXT'
Features of CUHK (400 channels, 100 steps a video) are linked in the readme of
https://github.com/wzmsltw/BSN-boundary-sensitive-network
Unpack csv_mean_100 to data/ActivityNet/activitynet_feature_cuhk/csv_mean_100.
TEXT
