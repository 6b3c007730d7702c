"""Get kinetics400_tiny: the original archive, or a synthetic stand-in where there is no network."""

from __future__ import annotations

import argparse
import shutil
import tempfile
import urllib.request
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mmaction.video import write_video
from mmaction.video.synthetic import moving_texture

URL = 'https://download.openmmlab.com/mmaction/kinetics400_tiny.zip'
COUNTS = {'train': 30, 'val': 10}
# the names that the guides print; the others are numbered
NAMED = {
    'train': {
        'D32_1gwq35E': 0,
        'iRuyZSKhHRg': 1,
        'oXy-e_P_cAI': 0,
        '34XczvTaRiI': 1,
        'h2YqqUhnR34': 0,
        '27_CSXByd3s': 1,
        'A-wiliK50Zw': 0,
    },
    'val': {'0pVGiAU6XEA': 0, 'AQrbRSnRt8M': 1},
}


def annotations(split: str, count: int) -> list[tuple[str, int]]:
    """(file name, label) of each clip of the stand-in; the classes are balanced."""
    rows = [(f'{name}.mp4', label) for name, label in NAMED[split].items()]
    missing = [label for label in (0, 1) for _ in range(count // 2 - sum(r[1] == label for r in rows))]
    return rows + [(f'{split}_{i:03d}.mp4', label) for i, label in enumerate(missing)]


def synthesize(
    out: Path,
    counts: Mapping[str, int] = COUNTS,
    num_frames: int = 75,
    size: tuple[int, int] = (240, 320),
    fps: int = 25,
) -> None:
    """Write the stand-in: H.264 clips whose texture slides right (class 0) or left (class 1).

    Args:
        out: folder to write.
        counts: clips of each split, an even number.
        num_frames: frames a clip.
        size: height and width in pixels.
        fps: frames a second.
    """
    for part, (split, count) in enumerate(counts.items()):
        folder = out / split
        folder.mkdir(parents=True, exist_ok=True)
        rows = annotations(split, count)
        made = [0, 0]
        for name, label in rows:
            seed = 1000 * part + made[label]  # the n-th clips of the two classes differ in the direction alone
            made[label] += 1
            rng = np.random.default_rng(seed)
            speed = rng.uniform(1.5, 3.0) * (1 if label == 0 else -1)
            frames = moving_texture(num_frames, *size, velocity=(speed, 0.0), seed=seed, cell=40)
            write_video(folder / name, frames, fps=fps)
        lines = ''.join(f'{name} {label}\n' for name, label in rows)
        (out / f'kinetics_tiny_{split}_video.txt').write_text(lines)


def fetch(out: Path, url: str, timeout_sec: float = 20) -> None:
    """Fetch the archive, or read it from a local file, and unpack its ``kinetics400_tiny`` folder to ``out``.

    Raises:
        OSError: no connection, or no such file.
        ValueError: the archive does not hold the data set.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(url)
        if not path.is_file():
            path = Path(folder) / 'kinetics400_tiny.zip'
            with urllib.request.urlopen(url, timeout=timeout_sec) as reply, path.open('wb') as file:
                shutil.copyfileobj(reply, file)
        unpacked = Path(folder) / 'unpacked'
        with zipfile.ZipFile(path) as archive:
            archive.extractall(unpacked)  # refuses absolute paths and ".."
        lists = sorted(unpacked.rglob('kinetics_tiny_train_video.txt'))
        if not lists:
            raise ValueError(f'{url} holds no kinetics_tiny_train_video.txt.')
        shutil.copytree(lists[0].parent, out, dirs_exist_ok=True)


def is_complete(out: Path) -> bool:
    """Whether every annotated clip is there, however many they are."""
    for split in COUNTS:
        listed = out / f'kinetics_tiny_{split}_video.txt'
        if not listed.is_file():
            return False
        if not all((out / split / line.split()[0]).is_file() for line in listed.read_text().splitlines() if line):
            return False
    return True


def prepare(
    out: Path,
    source: str = 'auto',
    url: str = URL,
    force: bool = False,
    counts: Mapping[str, int] = COUNTS,
) -> str:
    """Make the data set at ``out`` and return where it came from: ``present``, ``archive`` or ``synthetic``."""
    if is_complete(out) and not force:
        return 'present'
    if source != 'synthetic':
        try:
            fetch(out, url)
            return 'archive'
        except (OSError, zipfile.BadZipFile, ValueError) as error:
            if source == 'archive':
                raise
            print(f'{url} is out of reach ({error}); writing the synthetic stand-in.')
    synthesize(out, counts)
    return 'synthetic'


def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--out', type=Path, default=Path('data/kinetics400_tiny'), help='folder to write')
    parser.add_argument(
        '--source', choices=['auto', 'archive', 'synthetic'], default='auto', help='where to get it from'
    )
    parser.add_argument('--url', default=URL, help='address of the archive, or a local zip file')
    for split, count in COUNTS.items():
        parser.add_argument(f'--{split}-clips', type=int, default=count, help=f'clips of the stand-in, {split}')
    parser.add_argument('--force', action='store_true', help='write again what is there')
    args = parser.parse_args(argv)
    counts = {'train': args.train_clips, 'val': args.val_clips}
    for split, count in counts.items():
        if count < 2 * len(NAMED[split]) or count % 2:
            parser.error(f'--{split}-clips ({count}) must be an even number of at least {2 * len(NAMED[split])}')
    kind = prepare(args.out, args.source, args.url, args.force, counts)
    print(f'kinetics400_tiny is ready at {args.out} ({kind}).')


if __name__ == '__main__':
    main()
