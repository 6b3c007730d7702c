#!/usr/bin/env sh
# The annotations of FineGym, with the lists of Gym99.
set -e
. "$(dirname "$0")/../common.sh"

site=https://sdolivia.github.io/FineGym/resources/dataset
fetch "$site/finegym_annotation_info_v1.0.json" data/gym/annotations/annotation.json
fetch "$site/gym99_train_element_v1.0.txt" data/gym/annotations/gym99_train_org.txt
fetch "$site/gym99_val_element.txt" data/gym/annotations/gym99_val_org.txt
