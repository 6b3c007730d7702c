#!/usr/bin/env sh
# Folders of classes without blanks, as the lists name them: rename_classnames.sh kinetics400|kinetics600|kinetics700.
set -e
. "$(dirname "$0")/../common.sh"

DATASET=${1:-}
choose "$DATASET" kinetics400 kinetics600 kinetics700
shift

for part in train val; do
    for old in "data/$DATASET/videos_$part"/*; do
        new="data/$DATASET/videos_$part/$(basename "$old" | tr ' ' '_')"
        if [ -d "$old" ] && [ "$old" != "$new" ]; then
            if [ -d "$new" ]; then
                fail "$old and $new both exist; merge them by hand."
            fi
            run mv "$old" "$new"
        fi
    done
done
