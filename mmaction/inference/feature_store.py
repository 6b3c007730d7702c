"""Features of videos with their times and origin, in files and in a cache by content and model."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from mmaction.utils.files import complete_or_absent

_CHUNK = 1 << 20  # bytes of a file that are read at a time


@dataclass(frozen=True, eq=False)
class VideoFeatures:
    """Features of the clips of a video.

    Attributes:
        features: (T, ...), one row per clip.
        start_sec: (T,) when each clip begins, in seconds; NaN where the frames have no times.
        end_sec: (T,) when it ends.
        meta: plain data about their origin: ``video``, ``content``, ``model``, ``license``, ``fps``, ``settings``.
    """

    features: npt.NDArray[Any]
    start_sec: npt.NDArray[np.float64]
    end_sec: npt.NDArray[np.float64]
    meta: dict[str, Any]

    def save(self, path: str) -> None:
        """Write an ``.npz`` with one array per field; ``meta`` is JSON."""
        np.savez(
            path,
            features=self.features,
            start_sec=self.start_sec,
            end_sec=self.end_sec,
            meta=np.array(json.dumps(self.meta, ensure_ascii=False)),
        )

    @classmethod
    def load(cls, path: str) -> VideoFeatures:
        """Read such a file.

        Raises:
            ValueError: it is damaged, or another kind of file.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                meta = json.loads(str(file['meta']))
                return cls(file['features'], file['start_sec'], file['end_sec'], meta)
        except (ValueError, KeyError, EOFError, BadZipFile) as error:
            raise ValueError(f'{path} is not a file of features: {error}. Delete it and extract again.') from error


class FeatureStore:
    """Folder of features by the content of the video, the model and the settings.

    A video that was moved, renamed or copied is found again, and other weights or another sampling are not mixed up. An
    interrupted run goes on where it stopped.

    Args:
        folder: created on first use.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def get(
        self, video: str, model: str, settings: dict[str, Any], extract: Callable[[], VideoFeatures]
    ) -> VideoFeatures:
        """Features of a video, extracted unless they are stored.

        Args:
            video: path of a video or a folder of frames. A URL is extracted each time.
            model: identity of the model, see :func:`model_identity`.
            settings: plain data: whatever else the features depend on.
            extract: extracts them.
        """
        if not os.path.exists(video):
            return extract()
        content = content_digest(video)
        key = _digest_of_text([content, model, json.dumps(settings, sort_keys=True)])
        path = os.path.join(self.folder, key[:2], f'{key}.npz')
        if os.path.isfile(path):
            try:
                return VideoFeatures.load(path)
            except ValueError:
                os.unlink(path)  # of a full disk or a defect one: extracted again
        found = extract()
        found.meta['content'] = content
        with complete_or_absent(path) as unfinished:
            found.save(unfinished)
        return found


def content_digest(video: str) -> str:
    """SHA-256 of a file, or of the names and contents of all files in a folder."""
    digest = hashlib.sha256()
    if not os.path.isdir(video):
        _add_file(digest, video)
        return digest.hexdigest()
    for root, folders, files in os.walk(video):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(root, name)
            digest.update(f'{os.path.relpath(path, video)}\0'.encode())
            _add_file(digest, path)
    return digest.hexdigest()


def _add_file(digest: Any, path: str) -> None:
    with open(path, 'rb') as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)


def model_identity(model: nn.Module, *more: Any) -> str:
    """SHA-256 of the weights, buffers and structure of a model, and of further plain data such as its pipeline.

    The order of the keys of a dict does not count: a config that was dumped has them sorted.
    """
    plain = json.dumps(more, sort_keys=True, default=repr)
    digest = hashlib.sha256(f'{model}\0{plain}'.encode())
    tensors: Iterable[tuple[str, Tensor]] = [*model.named_parameters(), *model.named_buffers()]
    for name, tensor in tensors:
        digest.update(f'{name} {tensor.dtype} {tuple(tensor.shape)}\0'.encode())
        values = tensor.detach().cpu().contiguous().reshape(-1)
        digest.update(values.view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _digest_of_text(parts: Iterable[str]) -> str:
    return hashlib.sha256('\0'.join(parts).encode()).hexdigest()
