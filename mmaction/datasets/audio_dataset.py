"""Sounds from an annotation list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mmaction.datasets.annotation import split_trailing_integers
from mmaction.datasets.base import BaseActionDataset
from mmaction.registry import DATASETS


@DATASETS.register_module()
class AudioDataset(BaseActionDataset):
    """Features of sounds for action recognition, a file a video.

    The annotation list has a line a video: file of the features, number of frames of the video and label, or labels
    with ``multi_class``::

        some/directory-1.npy 163 1

    The numbers are those at the end of a line; all before them is the path. The number of frames of the *video* makes
    a clip of so many frames sound and picture of the same seconds.

    Args:
        ann_file: annotation list.
        pipeline: transforms, the first of which is ``LoadAudioFeature``.
        data_prefix: ``dict(audio=FOLDER)``.
        multi_class: a video has several labels.
        num_classes: number of classes.
        suffix: ending of the files, as ``'.npy'``, put behind a path that lacks it. None: paths are as in the list.
        **kwargs: of :class:`BaseActionDataset`, e.g. ``data_root``, ``test_mode``, ``on_error``.
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
        path, numbers = split_trailing_integers(line)
        labels = numbers[1:]
        if not numbers or (not labels and not self.test_mode):
            raise ValueError(
                f'expected a path, total_frames and a label, found {len(numbers)} whole numbers {numbers} after '
                f'{path!r}. Correct the line.'
            )
        if len(labels) > 1 and not self.multi_class:
            raise ValueError(
                f'{len(numbers)} numbers {numbers} follow the path where 2 are expected (total_frames, label). Set '
                'multi_class=True and num_classes for several labels.'
            )
        if numbers[0] < 1:
            raise ValueError(f'total_frames ({numbers[0]}) must be at least 1. Remove videos without frames.')
        if not path.endswith(self.suffix):
            path += self.suffix
        return dict(audio_path=path, total_frames=numbers[0], label=self.checked_label(labels))

    def load_data_list(self) -> list[dict]:
        """Records ``dict(audio_path, total_frames, label)``."""
        return self.load_lines()
