#!/usr/bin/env sh
# RGB frames of AVA with ffmpeg, at 30 per second.
set -e
. "$(dirname "$0")/../common.sh"

need ffmpeg
for video in data/ava/videos_15min/*; do
    case $video in *.mp4 | *.mkv | *.webm | *.avi) ;; *) continue ;; esac
    name=$(basename "$video")
    target=data/ava/rawframes/${name%.*}
    if [ -d "$target" ]; then
        continue
    fi
    # Written under another name first: an interrupted run leaves no folder with too few frames.
    run mkdir -p "$target.part"
    run ffmpeg -nostdin -y -loglevel error -i "$video" -r 30 -q:v 1 "$target.part/img_%05d.jpg"
    run mv "$target.part" "$target"
done
