#!/usr/bin/env sh
# The temporal annotations of the validation and test videos of THUMOS14.
set -e
. "$(dirname "$0")/../common.sh"

site=http://crcv.ucf.edu/THUMOS14
fetch "$site/Validation_set/TH14_Temporal_annotations_validation.zip" data/thumos14/annotations_val.zip
unpack data/thumos14/annotations_val.zip data/thumos14/annotations_val
fetch "$site/test_set/TH14_Temporal_annotations_test.zip" data/thumos14/annotations_test.zip
unpack data/thumos14/annotations_test.zip data/thumos14/annotations_test
