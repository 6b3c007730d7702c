"""Examine the installation: versions, decoders that decode, extras, and a second package of the same name."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from packaging.requirements import Requirement

from mmaction._installed import find_original
from mmaction.version import __version__
from mmaction.video import open_reader, write_video
from mmaction.video.open import Backend
from mmaction.video.synthetic import moving_texture

Status = Literal['ok', 'absent', 'fault']
DISTRIBUTION = 'mmaction-next'

_BACKENDS: dict[Backend, str] = {
    'decord': 'decord2',
    'pyav': 'av',
    'opencv': 'opencv-python',
    'torchcodec': 'torchcodec',
}
_FRAMES = 12


@dataclass(frozen=True)
class Check:
    """One line of the report.

    Attributes:
        status: ``absent`` for optional parts, which are no fault.
        name: what was examined.
        detail: the outcome.
    """

    status: Status
    name: str
    detail: str


def examine_installation() -> list[Check]:
    """Examine everything; a ``fault`` needs to be fixed."""
    checks = [Check('ok', 'Python', sys.version.split()[0]), Check('ok', 'mmaction', f'{__version__} ({_folder()})')]
    checks += _original()
    checks += _requirements()
    checks += _decoders()
    checks.append(_device())
    return checks


def _folder() -> str:
    import mmaction

    return str(Path(mmaction.__file__).parent)


def _original() -> Iterator[Check]:
    found = find_original(sys.path)
    if found is not None:
        detail = (
            f'{found.stem} is installed as well ({found}), and provides the same package: pip uninstall mmaction2 '
            f'{DISTRIBUTION}, then pip install {DISTRIBUTION}'
        )
        yield Check('fault', 'original distribution', detail)


def _requirements() -> Iterator[Check]:
    """The requirements of the installed distribution, and its extras for users."""
    try:
        lines = requires(DISTRIBUTION) or []
    except PackageNotFoundError:
        yield Check('absent', DISTRIBUTION, 'not installed as a distribution: its requirements are not known')
        return
    extras: dict[str, list[Requirement]] = {}
    for line in lines:
        requirement = Requirement(line)
        extra = re.search(r'extra == [\'"]([\w-]+)[\'"]', str(requirement.marker or ''))
        if extra is None:
            yield _requirement(requirement)
        elif extra[1] not in ('test', 'lint', 'coverage', 'docs'):
            extras.setdefault(extra[1], []).append(requirement)
    for name, requirements in extras.items():
        outcomes = [_requirement(requirement) for requirement in requirements]
        lacking = [outcome for outcome in outcomes if outcome.status != 'ok']
        if lacking:
            details = ', '.join(f'{outcome.name} {outcome.detail.split(";")[0]}' for outcome in lacking)
            yield Check('absent', f'extra {name}', f'{details}; pip install "{DISTRIBUTION}[{name}]"')
        else:
            yield Check('ok', f'extra {name}', ', '.join(f'{outcome.name} {outcome.detail}' for outcome in outcomes))


def _requirement(requirement: Requirement) -> Check:
    try:
        installed = version(requirement.name)
    except PackageNotFoundError:
        return Check('fault', requirement.name, f'is not installed; pip install "{requirement.name}"')
    if not requirement.specifier.contains(installed, prereleases=True):
        wanted = f'{requirement.name}{requirement.specifier}'
        return Check('fault', requirement.name, f'{installed} is out of range; pip install "{wanted}"')
    return Check('ok', requirement.name, installed)


def _decoders() -> Iterator[Check]:
    """Let each decoder read a clip that is written here."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'clip.mp4')
        frames = moving_texture(_FRAMES, 64, 64)
        try:
            write_video(path, frames, 12)
        except (ValueError, OSError) as error:
            yield Check('fault', 'encoder', f'no clip can be written: {error}')
            return
        for backend, package in _BACKENDS.items():
            yield _decoder(path, backend, package, frames)


def _decoder(path: Path, backend: Backend, package: str, frames: NDArray[np.uint8]) -> Check:
    name = f'decoder {backend}'
    optional = backend == 'torchcodec'
    try:
        with open_reader(path, backend) as reader:
            decoded = reader.get_frames(range(_FRAMES))
            used = reader.backend
    except (ImportError, OSError, RuntimeError) as error:
        if optional:
            return Check('absent', name, f'pip install "{DISTRIBUTION}[torchcodec]"')
        return Check('fault', name, f'{error}; pip install --force-reinstall {package}')
    difference = float(np.abs(decoded.astype(int) - frames.astype(int)).mean())
    if used != backend:
        return Check('absent' if optional else 'fault', name, f'does not decode: {used} took over')
    if difference > 12:
        return Check('fault', name, f'decodes wrong frames: they differ by {difference:.0f} of 255')
    return Check('ok', name, f'decodes {_FRAMES} frames')


def _device() -> Check:
    import torch

    if torch.cuda.is_available():
        names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
        try:
            total = int(torch.ones(2, device='cuda').sum())
        except RuntimeError as error:
            return Check('fault', 'GPU', f'{", ".join(names)}, but torch {torch.__version__} cannot use it: {error}')
        return Check('ok', 'GPU', f'{", ".join(names)} (CUDA {torch.version.cuda}, 1 + 1 = {total})')
    built = (
        f'torch {torch.__version__} is built for CUDA {torch.version.cuda}, but finds no GPU; '
        if torch.version.cuda
        else ''
    )
    return Check('ok', 'device', f'{built}CPU, {torch.get_num_threads()} threads')
