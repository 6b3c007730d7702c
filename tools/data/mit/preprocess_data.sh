#!/usr/bin/env sh
# data/mit/Moments_in_Time_Raw.zip, which the authors send, in the layout of the configs.
set -e
. "$(dirname "$0")/../common.sh"

unpack data/mit/Moments_in_Time_Raw.zip data/mit
lift data/mit/Moments_in_Time_Raw
run mkdir -p data/mit/annotations data/mit/videos
for name in license.txt moments_categories.txt README.txt trainingSet.csv validationSet.csv; do
    if [ -f "data/mit/$name" ]; then
        run mv "data/mit/$name" "data/mit/annotations/$name"
    fi
done
for part in training validation; do
    rename_to "data/mit/$part" "data/mit/videos/$part"
done
missing data/mit/annotations/trainingSet.csv data/mit/annotations/validationSet.csv data/mit/videos/training
