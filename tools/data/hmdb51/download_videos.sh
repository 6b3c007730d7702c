#!/usr/bin/env sh
# The videos of HMDB51 (2 GB), an archive per class; needs unrar, unar, bsdtar or 7z.
set -e
. "$(dirname "$0")/../common.sh"

fetch http://serre-lab.clps.brown.edu/wp-content/uploads/2013/10/hmdb51_org.rar data/hmdb51/hmdb51_org.rar
unpack data/hmdb51/hmdb51_org.rar data/hmdb51/archives
for archive in data/hmdb51/archives/*.rar; do
    unpack "$archive" data/hmdb51/videos
done
