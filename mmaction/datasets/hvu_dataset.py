"""Videos with tags of several categories (HVU)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mmengine.fileio import exists, get_text

from mmaction.datasets.annotation import join_media_path
from mmaction.datasets.base import BaseActionDataset
from mmaction.registry import DATASETS

_KINDS = {'filename': 'video', 'frame_dir': 'img'}  # where an entry holds its path -> kind of data_prefix


@DATASETS.register_module()
class HVUDataset(BaseActionDataset):
    """Videos, or folders of frames, with tags in some of several categories (https://arxiv.org/abs/1904.11451).

    The annotation file is JSON, a list with one entry per video. Tags count within their category, and a category is
    absent where a video is not annotated for it::

        [{"filename": "xD9XfVyqVHQ_000035.mp4", "label": {"action": [231], "concept": [], "scene": [1, 12]}},
         {"frame_dir": "b5f6r4xKv5o_000010", "total_frames": 300, "label": {"object": [8, 110]}}]

    Where there is one category, its tags alone will do: ``"label": [231]``.

    Args:
        pipeline: transforms, among them ``LoadHVULabel``.
        tag_categories: names of the categories to use, in the order of the scores.
        tag_category_nums: number of tags of each.
        filename_tmpl: name of a frame by its number; None for video files.
        data_prefix: ``dict(video=FOLDER)`` or ``dict(img=FOLDER)``.
        **kwargs: of :class:`BaseActionDataset`, e.g. ``data_root``, ``test_mode``, ``start_index``, ``on_error``.
    """

    def __init__(
        self,
        ann_file: str,
        pipeline: Sequence[dict | Callable],
        tag_categories: Sequence[str],
        tag_category_nums: Sequence[int],
        filename_tmpl: str | None = None,
        data_prefix: dict | None = None,
        **kwargs: Any,
    ) -> None:
        if len(tag_categories) != len(tag_category_nums) or not tag_categories:
            raise ValueError(
                f'tag_categories ({len(tag_categories)}) and tag_category_nums ({len(tag_category_nums)}) must be of '
                'one length, and not empty.'
            )
        self.tag_categories = list(tag_categories)
        self.tag_category_nums = list(tag_category_nums)
        self.filename_tmpl = filename_tmpl
        self._media_key = 'filename' if filename_tmpl is None else 'frame_dir'
        self._prefix_key = _KINDS[self._media_key]
        if filename_tmpl is not None:
            kwargs.setdefault('start_index', 1)
        super().__init__(ann_file, pipeline=pipeline, data_prefix=data_prefix, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Records ``dict(filename | frame_dir, total_frames, label)``.

        Raises:
            FileNotFoundError: there is no annotation file.
            ValueError: it is not as described, or empty; the message has the number of the entry, from 0.
        """
        if not exists(self.ann_file):
            raise FileNotFoundError(f'There is no annotation file {self.ann_file}. Correct ann_file, or data_root.')
        entries = json.loads(get_text(self.ann_file))
        if not isinstance(entries, list) or not entries:
            raise ValueError(f'{self.ann_file} must hold a list of at least one video, got {type(entries).__name__}.')
        return [self._record(number, entry) for number, entry in enumerate(entries)]

    def _record(self, number: int, entry: Any) -> dict:
        needed = {'filename': ('filename', 'label'), 'frame_dir': ('frame_dir', 'total_frames', 'label')}
        names = needed[self._media_key]
        missing = [name for name in names if not isinstance(entry, Mapping) or name not in entry]
        if missing:
            remedy = 'Leave filename_tmpl out if the entries are video files.'
            if self.filename_tmpl is None:
                remedy = 'Set filename_tmpl if the entries are folders of frames.'
            raise ValueError(f'{self.ann_file}, entry {number} lacks {missing}. {remedy}')
        record = {name: entry[name] for name in names}
        if isinstance(entry['label'], list) and len(self.tag_categories) == 1:
            record['label'] = {self.tag_categories[0]: entry['label']}
        elif not isinstance(entry['label'], Mapping):
            raise ValueError(f'{self.ann_file}, entry {number}: label must be {{category: tags}}, got {entry["label"]}')
        record[self._media_key] = join_media_path(self._media_prefix(), entry[self._media_key])
        return record

    def get_data_info(self, idx: int) -> dict:
        """Copy a record, and add the categories and what the pipeline needs from the dataset."""
        data_info = super().get_data_info(idx)
        data_info['categories'] = self.tag_categories
        data_info['category_nums'] = self.tag_category_nums
        if self.filename_tmpl is not None:
            data_info['filename_tmpl'] = self.filename_tmpl
        return data_info

    def get_cat_ids(self, idx: int) -> list[int]:
        """All tags of a video, counted over all categories, for ``ClassBalancedDataset``."""
        self.full_init()
        label = super().get_data_info(idx)['label']
        starts = [sum(self.tag_category_nums[:i]) for i in range(len(self.tag_categories))]
        return [start + tag for name, start in zip(self.tag_categories, starts) for tag in label.get(name, ())]
