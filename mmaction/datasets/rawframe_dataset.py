"""Dataset of folders of frames from an annotation list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mmaction.datasets.base import BaseActionDataset
from mmaction.registry import DATASETS
from mmaction.utils.check import at_least


@DATASETS.register_module()
class RawframeDataset(BaseActionDataset):
    """Extracted frames for action recognition, one folder per video.

    The annotation list has one line per video: folder, number of frames and label, or labels with ``multi_class``; with
    ``with_offset`` the first frame precedes the number of frames::

        some/directory-1 163 1            some/directory-1 12 163 1

    The numbers are those at the end of a line; everything before them is the folder. A list without offsets may have no
    labels at all, for training without them: each is -1.

    Args:
        data_prefix: ``dict(img=FOLDER)``.
        filename_tmpl: name of a frame by its number, e.g. ``'img_{:05}.jpg'``; for flow by direction and number,
            e.g. ``'{}_{:05d}.jpg'``.
        with_offset: the list has offsets.
        **kwargs: and all other arguments: see :class:`BaseActionDataset`, e.g. ``data_root``, ``on_error``.
    """

    _media_key = 'frame_dir'
    _prefix_key = 'img'

    def __init__(
        self,
        ann_file: str,
        pipeline: Sequence[dict | Callable],
        data_prefix: dict | None = dict(img=''),
        filename_tmpl: str = 'img_{:05}.jpg',
        with_offset: bool = False,
        multi_class: bool = False,
        num_classes: int | None = None,
        start_index: int = 1,
        modality: str = 'RGB',
        test_mode: bool = False,
        **kwargs: Any,
    ) -> None:
        self.filename_tmpl = filename_tmpl
        self.with_offset = with_offset
        super().__init__(
            ann_file, pipeline, data_prefix, test_mode, multi_class, num_classes, start_index, modality, **kwargs
        )

    def parse_line(self, line: str) -> dict:
        names: tuple[str, ...] = ('total_frames',)
        hint = 'Or set with_offset=True for a list with offsets.'
        if self.with_offset:
            names = ('offset', 'total_frames')
            hint = 'Or set with_offset=False for a list without offsets.'
        # Without labels, a list with and one without offsets look the same, so that is taken for the wrong setting.
        path, numbers, labels = self.split_line(line, names, hint, unlabelled=not self.with_offset)
        at_least(0, numbers.get('offset', 0), 'offset')
        return dict(frame_dir=path, **numbers, label=self.checked_label(labels))

    def load_data_list(self) -> list[dict]:
        """Records ``dict(frame_dir, total_frames, label)``, and ``offset`` where the list has it."""
        return self.load_lines()

    def get_data_info(self, idx: int) -> dict:
        """Copy a record, and add what the pipeline needs from the dataset."""
        data_info = super().get_data_info(idx)
        data_info['filename_tmpl'] = self.filename_tmpl
        return data_info
