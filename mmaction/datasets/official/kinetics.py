"""Clips of Kinetics from the archives of the CVDF mirror (https://github.com/cvdfoundation/kinetics-dataset)."""

from __future__ import annotations

import os
import re
import shutil
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from mmaction.datasets.official.clips import Clip, key_of_name
from mmaction.utils.check import pick
from mmaction.utils.download import download_file, open_url
from mmaction.utils.files import complete_or_absent

MIRROR = 'https://s3.amazonaws.com/kinetics'
# Data set -> its folder on the mirror, which holds the release of 2020 of Kinetics-700.
RELEASES = {'kinetics400': '400', 'kinetics600': '600', 'kinetics700': '700_2020'}
SPLITS = ('train', 'val', 'test')
UNLABELLED = 'test'

Key = tuple[str, int, int]


def guess_release(path: str, options: Iterable[str], flag: str) -> str:
    """Find the one of some names that is in a path, such as ``kinetics400`` in ``data/kinetics400/annotations``.

    Raises:
        ValueError: none or several are; the message asks for the argument ``flag``.
    """
    names = list(options)
    found = [name for name in names if re.search(rf'(^|[^a-z]){name}(?![a-z0-9])', path)]
    if len(found) != 1:
        raise ValueError(f'{path} does not tell which of {", ".join(names)} it is; say so with {flag}.')
    return found[0]


def archive_urls(dataset: str, split: str, mirror: str = MIRROR) -> list[str]:
    """Read the URLs of the archives of a split.

    Raises:
        OSError: the mirror is out of reach.
        ValueError: unknown data set or split, or the mirror answers with something else than URLs.
    """
    release = pick(RELEASES, dataset, 'dataset')
    pick(SPLITS, split, 'split')
    index = f'{mirror.rstrip("/")}/{release}/{split}/k{release}_{split}_path.txt'
    with open_url(index) as response:
        urls = response.read().decode('utf-8', errors='replace').split()
    if not urls or not all('://' in url for url in urls):
        raise ValueError(f'{index} is no list of URLs.')
    return urls


def file_of(clip: Clip, trim_format: str = '%06d') -> str:
    """Name the file of a clip below the folder of its split: ``LABEL/ID_START_END.mp4``."""
    return os.path.join(clip.label or UNLABELLED, f'{clip.name(trim_format)}.mp4')


def unpack_clips(archive: str, targets: Mapping[Key, str]) -> tuple[int, int]:
    """Unpack the videos of an archive that are asked for.

    Args:
        archive: a tar file whose videos are called ``ID_START_END.mp4``, in any folder.
        targets: clip -> file to write. Existing files are kept.

    Returns:
        Number of files that exist now, and of videos in the archive that nobody asked for.

    Raises:
        ValueError: it is no tar file, or cut short.
    """
    placed = 0
    others = 0
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                path = PurePosixPath(member.name)
                if not member.isfile() or path.suffix != '.mp4':
                    continue
                target = targets.get(key_of_name(path.stem) or ('', 0, 0))
                if target is None:
                    others += 1
                    continue
                placed += 1
                content = tar.extractfile(member)
                if content is None or os.path.exists(target):
                    continue
                with complete_or_absent(target) as unfinished, open(unfinished, 'wb') as file:
                    shutil.copyfileobj(content, file)
    except (tarfile.TarError, EOFError) as error:
        raise ValueError(f'{archive} is no tar file, or cut short: {error}') from error
    return placed, others


def fetch_archive(url: str, tmp_dir: str, targets: Mapping[Key, str]) -> tuple[int, int]:
    """Download an archive, unpack its clips and delete it; see :func:`unpack_clips`."""
    os.makedirs(tmp_dir, exist_ok=True)
    path = os.path.join(tmp_dir, url.rsplit('/', 1)[-1])
    download_file(url, path)
    counts = unpack_clips(path, targets)
    os.unlink(path)
    return counts
