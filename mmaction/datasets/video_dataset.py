"""Dataset of videos from an annotation list."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from mmaction.datasets.annotation import split_trailing_integers
from mmaction.datasets.base import BaseActionDataset
from mmaction.registry import DATASETS

# the end of a line whose label is no whole number, or follows another delimiter
_OTHER_LABEL = re.compile(r'[\s,;|]\s*[-+]?[\d.]+$')


@DATASETS.register_module()
class VideoDataset(BaseActionDataset):
    """Videos for action recognition.

    The annotation list has one line per video: the path and the label, or labels with ``multi_class``::

        some/path/000.mp4 1
        a path with blanks.mp4 3

    The labels are the integers at the end of a line; everything before them is the path. A list may have no labels at
    all, or -1 for an unknown label; training with it warns. Blank lines are ignored.

    Args:
        data_prefix: ``dict(video=FOLDER)``.
        delimiter: separates the fields; the default, one space, matches any whitespace.
        **kwargs: and all other arguments: see :class:`BaseActionDataset`, e.g. ``data_root``, ``on_error``.
    """

    def __init__(
        self,
        ann_file: str,
        pipeline: Sequence[dict | Callable],
        data_prefix: dict | None = dict(video=''),
        multi_class: bool = False,
        num_classes: int | None = None,
        start_index: int = 0,
        modality: str = 'RGB',
        test_mode: bool = False,
        delimiter: str = ' ',
        **kwargs: Any,
    ) -> None:
        if not delimiter:
            raise ValueError(f'delimiter ({delimiter!r}) must not be empty; the usual ones are " " and ",".')
        self.delimiter = delimiter
        super().__init__(
            ann_file, pipeline, data_prefix, test_mode, multi_class, num_classes, start_index, modality, **kwargs
        )

    def parse_line(self, line: str) -> dict:
        path, labels = split_trailing_integers(line, self.delimiter)
        if not labels and not self.test_mode and _OTHER_LABEL.search(line):
            raise ValueError(
                f'expected a path and {"labels" if self.multi_class else "a label"}, whole numbers after the '
                f'delimiter {self.delimiter!r}. Correct the line, or set delimiter to what the list uses.'
            )
        if len(labels) > 1 and not self.multi_class:
            raise ValueError(
                f'{len(labels)} numbers {labels} follow the path where one label is expected. Set multi_class=True and '
                'num_classes for several labels; for paths that end in a number use another delimiter, e.g. ",".'
            )
        return dict(filename=path, label=self.checked_label(labels))

    def load_data_list(self) -> list[dict]:
        """Records ``dict(filename, label)``."""
        return self.load_lines()
