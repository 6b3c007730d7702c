#!/usr/bin/env sh
# The validation and test videos of THUMOS14. The test videos are encrypted: fill in the request form of
# http://crcv.ucf.edu/THUMOS14/download.html and pass the password as THUMOS14_PASSWORD.
set -e
. "$(dirname "$0")/../common.sh"

site=https://storage.googleapis.com/thumos14_files
fetch "$site/TH14_validation_set_mp4.zip" data/thumos14/val.zip
unpack data/thumos14/val.zip data/thumos14/videos
rename_to data/thumos14/videos/validation data/thumos14/videos/val
fetch "$site/TH14_Test_set_mp4.zip" data/thumos14/test.zip
if [ -z "${THUMOS14_PASSWORD:-}" ]; then
    fail "the test videos need a password: request it at http://crcv.ucf.edu/THUMOS14/download.html, and set THUMOS14_PASSWORD."
fi
need unzip
run unzip -q -o -P "$THUMOS14_PASSWORD" data/thumos14/test.zip -d data/thumos14/videos
rename_to data/thumos14/videos/TH14_test_set_mp4 data/thumos14/videos/test
