#!/usr/bin/env sh
# data/mmit/Multi_Moments_in_Time_Raw.zip, which the authors send, in the layout of the configs.
set -e
. "$(dirname "$0")/../common.sh"

unpack data/mmit/Multi_Moments_in_Time_Raw.zip data/mmit
lift data/mmit/Multi_Moments_in_Time_Raw
run mkdir -p data/mmit/annotations
for file in data/mmit/*.txt data/mmit/*.csv; do
    if [ -f "$file" ]; then
        run mv "$file" data/mmit/annotations/
    fi
done
missing data/mmit/annotations/trainingSet.csv data/mmit/annotations/validationSet.csv data/mmit/videos
