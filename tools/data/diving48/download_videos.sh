#!/usr/bin/env sh
# The videos of Diving48 (10 GB).
set -e
. "$(dirname "$0")/../common.sh"

fetch http://www.svcl.ucsd.edu/projects/resound/Diving48_rgb.tar.gz data/diving48/Diving48_rgb.tar.gz
unpack data/diving48/Diving48_rgb.tar.gz data/diving48
rename_to data/diving48/rgb data/diving48/videos
