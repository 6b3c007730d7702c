#!/usr/bin/env sh
# The official annotations of ActivityNet 1.3.
set -e
. "$(dirname "$0")/../common.sh"

fetch http://ec2-52-25-205-214.us-west-2.compute.amazonaws.com/files/activity_net.v1-3.min.json \
    data/ActivityNet/activity_net.v1-3.min.json
