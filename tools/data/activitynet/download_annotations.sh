#!/usr/bin/env bash
# The official annotations of ActivityNet 1.3.
set -euo pipefail
DATA_DIR="../../../data/ActivityNet"
mkdir -p "$DATA_DIR"
wget -nc -P "$DATA_DIR" http://ec2-52-25-205-214.us-west-2.compute.amazonaws.com/files/activity_net.v1-3.min.json
