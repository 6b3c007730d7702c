#!/usr/bin/env sh
# The features of CUHK are on a drive that needs a browser: check them, or say where they are.
set -e
. "$(dirname "$0")/../common.sh"

if [ ! -d data/ActivityNet/activitynet_feature_cuhk/csv_mean_100 ] && [ -z "${DRY_RUN:-}" ]; then
    fail "there is no data/ActivityNet/activitynet_feature_cuhk/csv_mean_100. The readme of https://github.com/wzmsltw/BSN-boundary-sensitive-network links csv_mean_100.zip (400 values, 100 steps per video); unpack it there."
fi
echo "data/ActivityNet/activitynet_feature_cuhk/csv_mean_100 is there."
