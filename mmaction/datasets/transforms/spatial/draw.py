"""The random decisions of the spatial transforms. Nothing here sees a pixel.

They come from ``numpy.random``, which the data loader seeds in each worker.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Size = tuple[int, int]
Box = tuple[int, int, int, int]


def offset(room: int) -> int:
    """Random offset of a crop that leaves ``room`` pixels: 0 to ``room`` inclusive."""
    if room <= 0:
        return 0  # without a draw: the random state must not depend on a crop that has no choice
    return int(np.random.randint(room + 1))


def crop_box(img: Size, size: Size) -> Box:
    """A crop of ``size`` (h, w) anywhere in an image of ``img`` (h, w); xyxy."""
    left, top = offset(img[1] - size[1]), offset(img[0] - size[0])
    return left, top, left + size[1], top + size[0]


def resized_crop_box(
    img: Size,
    area_range: tuple[float, float],
    aspect_ratio_range: tuple[float, float],
    max_attempts: int = 10,
) -> Box:
    """A crop of random area and aspect ratio (GoogLeNet, arXiv:1409.4842, section 6); xyxy.

    Args:
        img: (h, w) of the image.
        area_range: area of the crop as a part of the image's.
        aspect_ratio_range: w / h of the crop.
        max_attempts: draws that may fail to fit before the largest centred square is taken.
    """
    height, width = img
    low, high = np.log(aspect_ratio_range)
    ratio = np.exp(np.random.uniform(low, high, size=max_attempts))
    area = np.random.uniform(*area_range, size=max_attempts) * height * width
    widths = np.round(np.sqrt(area * ratio)).astype(int)
    heights = np.round(np.sqrt(area / ratio)).astype(int)
    fits = np.flatnonzero((widths <= width) & (heights <= height) & (widths > 0) & (heights > 0))
    if len(fits):
        return crop_box(img, (int(heights[fits[0]]), int(widths[fits[0]])))
    side = min(height, width)
    left, top = (width - side) // 2, (height - side) // 2
    return left, top, left + side, top + side


def multi_scale_sizes(img: Size, input_size: Size, scales: Sequence[float], max_gap: int) -> list[Size]:
    """The crop sizes (w, h) that multi-scale cropping chooses from.

    Each side is a scale of the short edge; the two scales are at most ``max_gap`` places apart in ``scales``. A side
    within two pixels of ``input_size`` (w, h) is made equal to it, so that nothing is resized by a pixel.
    """
    short = min(img)
    sides = [int(short * scale) for scale in scales]

    def near(side: int, wanted: int, limit: int) -> int:
        if abs(side - wanted) < 3:
            return min(wanted, limit)
        return side

    return [
        (near(w, input_size[0], img[1]), near(h, input_size[1], img[0]))
        for i, h in enumerate(sides)
        for j, w in enumerate(sides)
        if abs(i - j) <= max_gap
    ]


# places of a crop, in quarters of the room that it leaves: (x, y)
FIVE_PLACES: tuple[tuple[int, int], ...] = ((0, 0), (4, 0), (0, 4), (4, 4), (2, 2))
THIRTEEN_PLACES = (*FIVE_PLACES, (0, 2), (4, 2), (2, 4), (2, 0), (1, 1), (3, 1), (1, 3), (3, 3))


def place_boxes(img: Size, size: Size, places: Sequence[tuple[int, int]]) -> list[Box]:
    """Crops of ``size`` (w, h) at each of ``places``, xyxy."""
    step_x, step_y = (img[1] - size[0]) // 4, (img[0] - size[1]) // 4
    return [(x * step_x, y * step_y, x * step_x + size[0], y * step_y + size[1]) for x, y in places]


def multi_scale_box(
    img: Size,
    input_size: Size,
    scales: Sequence[float],
    max_gap: int,
    places: Sequence[tuple[int, int]] | None,
) -> Box:
    """A crop of one of :func:`multi_scale_sizes`, at one of ``places`` or, with None, anywhere; xyxy."""
    sizes = multi_scale_sizes(img, input_size, scales, max_gap)
    width, height = sizes[np.random.randint(len(sizes))]
    if places is None:
        return crop_box(img, (height, width))
    return place_boxes(img, (width, height), [places[np.random.randint(len(places))]])[0]


def erase_box(img: Size, area_range: tuple[float, float], aspect_range: tuple[float, float]) -> Box:
    """A rectangle of random area (part of the image's) and aspect ratio (h / w), log-uniform; xyxy."""
    ratio = np.exp(np.random.uniform(*np.log(aspect_range)))
    area = img[0] * img[1] * np.random.uniform(*area_range)
    size = min(round(np.sqrt(area * ratio)), img[0]), min(round(np.sqrt(area / ratio)), img[1])
    return crop_box(img, size)
