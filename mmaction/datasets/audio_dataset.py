"""Dataset of audio features from an annotation list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mmaction.datasets.base import BaseActionDataset
from mmaction.registry import DATASETS


@DATASETS.register_module()
class AudioDataset(BaseActionDataset):
    """Audio features for action recognition, one file per video.

    The annotation list has one line per video: file of the features, number of frames of the video and label, or labels
    with ``multi_class``::

        some/directory-1.npy 163 1

    The numbers are those at the end of a line; everything before them is the path. With the number of frames of the
    *video*, a clip takes audio and frames of the same seconds.

    Args:
        data_prefix: ``dict(audio=FOLDER)``.
        suffix: suffix of the files, as ``'.npy'``, appended to paths without it. None: paths are as in the list.
        **kwargs: and all other arguments: see :class:`BaseActionDataset`, e.g. ``data_root``, ``on_error``.
    """

    _media_key = 'audio_path'
    _prefix_key = 'audio'

    def __init__(
        self,
        ann_file: str,
        pipeline: Sequence[dict | Callable],
        data_prefix: dict | None = dict(audio=''),
        multi_class: bool = False,
        num_classes: int | None = None,
        *,
        suffix: str | None = None,
        **kwargs: Any,
    ) -> None:
        if suffix is not None and not suffix.startswith('.'):
            raise ValueError(f"suffix ({suffix!r}) must begin with a dot, as '.npy', or be None.")
        self.suffix = suffix or ''
        kwargs.setdefault('modality', 'Audio')
        super().__init__(ann_file, pipeline, data_prefix, multi_class=multi_class, num_classes=num_classes, **kwargs)

    def parse_line(self, line: str) -> dict:
        path, numbers, labels = self.split_line(line, ('total_frames',))
        if not path.endswith(self.suffix):
            path += self.suffix
        return dict(audio_path=path, **numbers, label=self.checked_label(labels))

    def load_data_list(self) -> list[dict]:
        """Records ``dict(audio_path, total_frames, label)``."""
        return self.load_lines()
