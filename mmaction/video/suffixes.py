"""File name suffixes of videos and images, and the natural order of names."""

from __future__ import annotations

import re

__all__ = ['IMAGE_SUFFIXES', 'VIDEO_SUFFIXES', 'natural_key']

IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp', '.webp', '.tif', '.tiff')

# Accepted as a video without opening the file; a file with any other suffix is probed.
# fmt: off
VIDEO_SUFFIXES = (
    '.3gp', '.asf', '.avi', '.flv', '.gif', '.m2ts', '.m4v', '.mkv', '.mov', '.mp4', '.mpeg', '.mpg', '.mts', '.ogv',
    '.ts', '.vob', '.webm', '.wmv',
)
# fmt: on


def natural_key(name: str) -> list[int | str]:
    """Sort key under which ``img_9`` comes before ``img_10``."""
    # Splitting at digits alternates text and number, so that keys never compare an int with a str.
    return [int(part) if part.isdecimal() else part for part in re.split(r'(\d+)', name)]
