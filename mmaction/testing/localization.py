"""Synthetic features and annotations in the format of ActivityNet, with learnable actions."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np


def activity_features(
    segments: np.ndarray,
    labels: np.ndarray,
    num_classes: int,
    length: int = 100,
    channels: int = 32,
    noise: float = 0.5,
    rng: np.random.Generator | None = None,
) -> np.ndarray:
    """Generate features of one video: noise, a shifted channel per class, and a cue at each boundary.

    The first two channels mark start and end (a bump of a few steps), the next ``num_classes`` the class; the rest is
    noise.

    Args:
        segments: (G, 2), start and end of the actions as fractions of the video, in 0..1.
        labels: (G,) in [0, num_classes).
        num_classes: number of classes.
        length: T.
        channels: C, at least ``2 + num_classes``.
        noise: standard deviation of the noise; the class channels are shifted by 1.
        rng: source of the noise; default: seeded with 0.

    Returns:
        float32 (T, C).
    """
    if channels < 2 + num_classes:
        raise ValueError(f'channels ({channels}) must be at least 2 + num_classes ({2 + num_classes}).')
    rng = np.random.default_rng(0) if rng is None else rng
    features = rng.normal(0, noise, (length, channels))
    centres = (np.arange(length) + 0.5) / length
    for (start, end), label in zip(segments, labels):
        features[(centres >= start) & (centres < end), 2 + label] += 1
        for channel, moment in enumerate((start, end)):
            features[:, channel] += 2 * np.exp(-(((centres - moment) * length / 1.5) ** 2))
    return features.astype(np.float32)


def random_segments(rng: np.random.Generator, max_segments: int = 2) -> np.ndarray:
    """Draw one to ``max_segments`` disjoint actions, (G, 2) as fractions of the video.

    The video is divided into one equal part per action; an action covers 0.3 to 0.8 of its part.
    """
    width = 1 / rng.integers(1, max_segments + 1)
    low = np.arange(0, 1 - width / 2, width)
    span = rng.uniform(0.3, 0.8, len(low)) * width
    start = low + rng.uniform(0.1 * width, 0.9 * width - span)
    return np.stack([start, start + span], axis=1)


def write_activitynet(
    folder: str | os.PathLike,
    num_videos: int = 16,
    num_val: int | None = None,
    length: int = 100,
    channels: int = 32,
    num_classes: int = 2,
    max_segments: int = 2,
    noise: float = 0.5,
    feature_ext: str = '.csv',
    seed: int = 0,
) -> dict[str, str | list[str]]:
    """Write features and the two annotation files of a tiny ActivityNet.

    Videos are called ``v_fake000``, ...; they last 40 to 200 seconds at 25 frames per second.

    Args:
        folder: output folder.
        num_videos: number of training videos.
        num_val: number of validation videos; default: half as many.
        length: T, feature steps per video.
        channels: C.
        num_classes: number of action classes, called ``class0``, ...
        max_segments: largest number of actions per video.
        noise: standard deviation of the noise; the class channels are shifted by 1.
        feature_ext: ``'.csv'`` (with a header, as those published for ActivityNet), ``'.npy'`` or ``'.npz'``.
        seed: seed of all random numbers.

    Returns:
        ``ann_file_train``, ``ann_file_val`` (json), ``data_prefix`` (folder of the features) and ``classes`` (names).
    """
    if feature_ext not in ('.csv', '.npy', '.npz'):
        raise ValueError(f"feature_ext ({feature_ext!r}) must be '.csv', '.npy' or '.npz'.")
    rng = np.random.default_rng(seed)
    root = Path(folder)
    feature_dir = root / 'features'
    feature_dir.mkdir(parents=True, exist_ok=True)
    classes = [f'class{i}' for i in range(num_classes)]
    number = 0
    files: dict[str, str | list[str]] = {'data_prefix': str(feature_dir), 'classes': classes}
    for split, count in (('train', num_videos), ('val', (num_videos + 1) // 2 if num_val is None else num_val)):
        annotations = {}
        for _ in range(count):
            name = f'v_fake{number:03d}'
            number += 1
            frames = int(rng.integers(40, 201)) * 25
            covered = frames // 16 * 16  # features see whole snippets of 16 frames
            segments = random_segments(rng, max_segments)
            labels = rng.integers(0, num_classes, len(segments))
            features = activity_features(segments, labels, num_classes, length, channels, noise, rng)
            if feature_ext == '.csv':
                header = ','.join(f'f{i}' for i in range(channels))
                np.savetxt(feature_dir / f'{name}.csv', features, '%.5f', ',', header=header, comments='')
            elif feature_ext == '.npy':
                np.save(feature_dir / f'{name}.npy', features)
            else:
                np.savez(feature_dir / f'{name}.npz', feature=features)
            annotations[name] = dict(
                duration_second=frames / 25,
                duration_frame=frames,
                feature_frame=covered,
                annotations=[
                    dict(segment=[float(s) * covered / 25, float(e) * covered / 25], label=classes[label])
                    for (s, e), label in zip(segments, labels)
                ],
                fps=25.0,
                rfps=25.0,
            )
        path = root / f'anet_anno_{split}.json'
        path.write_text(json.dumps(annotations))
        files[f'ann_file_{split}'] = str(path)
    return files
