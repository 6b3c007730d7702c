#!/usr/bin/env sh
# Minutes 15 to 30 of the videos of AVA, the annotated ones, at 30 frames per second. Needs ffmpeg.
set -e
. "$(dirname "$0")/../common.sh"

need ffmpeg
run mkdir -p data/ava/videos_15min
for video in data/ava/videos/*; do
    case $video in *.mp4 | *.mkv | *.webm | *.avi) ;; *) continue ;; esac
    target=data/ava/videos_15min/$(basename "$video")
    if [ -s "$target" ]; then
        continue
    fi
    # Written under another name first: an interrupted run leaves no short video.
    part=data/ava/videos_15min/part_$(basename "$video")
    run ffmpeg -nostdin -y -loglevel error -ss 900 -t 901 -i "$video" -r 30 "$part"
    run mv "$part" "$target"
done
