"""Dataset of videos with sentences, each of which describes a moment (Charades-STA)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from mmaction.datasets.annotation import join_media_path, load_dict, read_annotation_lines
from mmaction.datasets.base import BaseActionDataset
from mmaction.datasets.transforms.localization.tables import check_table_ext, read_features
from mmaction.registry import DATASETS

NUM_PROPOSALS = 32

# words, numbers and marks one by one; n't, 's, 're, ... are words of their own, as in the Penn treebank
_TOKEN = re.compile(r"n't\b|can(?=not\b)|'(?:s|re|ve|ll|d|m)\b|\w+?(?=n't\b)|\w+(?:[-.]\w+)*|[^\w\s]", re.IGNORECASE)


def split_words(sentence: str) -> list[str]:
    """Words and marks of a sentence.

    >>> split_words("a person doesn't open the person's bag, then")
    ['a', 'person', 'does', "n't", 'open', 'the', 'person', "'s", 'bag', ',', 'then']
    """
    return _TOKEN.findall(sentence)


def even_proposals(num_frames: int, number: int = NUM_PROPOSALS) -> np.ndarray:
    """Cut a video into equal stretches, one after the other.

    Returns:
        int64 (number, 2), first and last frame; the last frame of one is the first of the next.
    """
    edges = ((num_frames - 1) / number * np.arange(number + 1)).astype(np.int64)
    return np.stack([edges[:-1], edges[1:]], axis=1)


def pool_proposals(features: np.ndarray, proposals: np.ndarray, interval: int) -> np.ndarray:
    """The maximum of the features in each proposal.

    Args:
        features: (F, C), one every ``interval`` frames.
        proposals: int (N, 2), first and last frame.
        interval: frames from one feature to the next.

    Returns:
        (N, C)
    """
    first, last = np.minimum(proposals // interval, len(features) - 1).T
    # Of the ranges [first_0, last_0), [last_0, first_1), [first_1, last_1), ... every second one, then with its end.
    ranges = np.maximum.reduceat(features, np.column_stack([first, last]).ravel(), axis=0)
    return np.maximum(ranges[::2], features[last])


@DATASETS.register_module()
class CharadesSTADataset(BaseActionDataset):
    """Charades-STA: find the moment of a video that a sentence describes.

    `TALL: Temporal Activity Localization via Language Query <https://arxiv.org/abs/1705.02101>`_. The annotation list
    has one line per sentence, times in seconds::

        3MSZA 24.3 30.4##person turn a light on.

    A video is cut into 32 equal proposals. Samples have ``raw_feature``, float32 (32, C), the maximum of the features
    of each proposal; ``proposals``, float32 (32, 2), and ``gt_bbox``, float32 (2,), start and end as parts of the video
    in 0..1; ``query_tokens``, int64 (L,); ``query_length`` (L), ``num_proposals``, ``vid_name``, ``num_frames``,
    ``fps`` and ``duration`` (seconds).

    Args:
        pipeline: transforms; :class:`PackLocalizationInputs` is enough.
        word2id_file: json, the number of each word. Words it lacks raise, unless it has ``<unk>``.
        fps_file: JSON, frames per second of each video.
        duration_file: json, seconds of each video.
        num_frames_file: json, frames of each video.
        window_size: frames that a feature looks at.
        ft_overlap: by which part of it windows overlap, in [0, 1).
        data_prefix: ``dict(video=FOLDER)``, the folder of the features.
        feature_ext: suffix of the files of features, (F, C): ``'.pt'``, ``'.npy'``, ``'.npz'`` or ``'.csv'``.
        **kwargs: of :class:`BaseActionDataset`. The files are relative to the working directory; only ``ann_file`` and
            ``data_prefix`` follow ``data_root``.
    """

    _media_key = 'vid_name'

    added_keys = ('raw_feature', 'proposals', 'num_proposals')

    def __init__(
        self,
        ann_file: str,
        pipeline: Sequence[dict | Callable],
        word2id_file: str,
        fps_file: str,
        duration_file: str,
        num_frames_file: str,
        window_size: int,
        ft_overlap: float,
        data_prefix: dict | None = dict(video=''),
        test_mode: bool = False,
        *,
        feature_ext: str = '.pt',
        **kwargs: Any,
    ) -> None:
        if not 0 <= ft_overlap < 1:
            raise ValueError(f'ft_overlap ({ft_overlap}) must be in [0, 1), a part of window_size.')
        self.ft_interval = int(window_size * (1 - ft_overlap))
        if self.ft_interval < 1:
            raise ValueError(
                f'window_size ({window_size}) and ft_overlap ({ft_overlap}) put features {self.ft_interval} frames '
                'apart; it must be at least 1.'
            )
        self.feature_ext = check_table_ext(feature_ext, 'feature_ext')
        self._files = dict(word2id=word2id_file, fps=fps_file, duration=duration_file, num_frames=num_frames_file)
        self._tables = {}
        for name, path in self._files.items():
            self._tables[name] = load_dict(path, f'Correct {name}_file.', f'{name}_file')
        super().__init__(ann_file, pipeline=pipeline, data_prefix=data_prefix, test_mode=test_mode, **kwargs)

    def parse_line(self, line: str) -> dict:
        head, mark, sentence = line.partition('##')
        fields = head.split()
        try:
            video, start, end = fields[0], float(fields[1]), float(fields[2])
        except (IndexError, ValueError):
            fields = []
        if not mark or len(fields) != 3:
            raise ValueError('expected a video, start and end in seconds, ## and a sentence.')
        fps, duration, num_frames = (self._lookup(name, video) for name in ('fps', 'duration', 'num_frames'))
        tokens = [self._token(word) for word in split_words(sentence.replace('.', ''))]
        if not tokens:
            raise ValueError('the sentence has no words.')
        return dict(
            vid_name=video,
            fps=fps,
            num_frames=int(num_frames),
            duration=duration,
            query_tokens=tokens,
            query_length=len(tokens),
            gt_start_time=start,
            gt_end_time=end,
            gt_bbox=(min(start / duration, 1.0), min(end / duration, 1.0)),
        )

    def _lookup(self, name: str, video: str) -> float:
        table = self._tables[name]
        if video not in table:
            raise ValueError(f'video {video!r} is not in {self._files[name]}.')
        value = float(table[video])
        if not 0 < value < float('inf'):
            raise ValueError(f'video {video!r} has {name} {table[video]!r} in {self._files[name]}; it must be above 0.')
        return value

    def _token(self, word: str) -> int:
        table = self._tables['word2id']
        for key in (word, word.lower(), '<unk>'):
            if key in table:
                return int(table[key])
        raise ValueError(f'the word {word!r} is not in {self._files["word2id"]}. Add it, or an entry "<unk>".')

    def load_data_list(self) -> list[dict]:
        """Records, one per sentence."""
        records = []
        for number, line in read_annotation_lines(self.ann_file):
            try:
                records.append(self.parse_line(line))
            except ValueError as error:
                raise ValueError(f'{self.ann_file}, line {number}: {error} The line is {line!r}.') from None
        if not records:
            raise ValueError(f'{self.ann_file} holds no samples.')
        return records

    # The name of MMAction2, which subclasses override.
    def get_proposals(self, num_frames: int) -> np.ndarray:
        """First and last frame of the proposals of a video, int (P, 2)."""
        return even_proposals(num_frames)

    def apply_pipeline(self, data_info: dict) -> Any:
        """Load features, and send them with proposals and ground truth through the pipeline."""
        video = data_info['vid_name']
        num_frames = data_info['num_frames']
        path = join_media_path(self._media_prefix(), video + self.feature_ext)
        proposals = self.get_proposals(num_frames)
        data_info['raw_feature'] = pool_proposals(read_features(path, video), proposals, self.ft_interval)
        data_info['proposals'] = (proposals / num_frames).astype(np.float32)
        data_info['num_proposals'] = len(proposals)
        data_info['gt_bbox'] = np.asarray(data_info['gt_bbox'], np.float32)
        data_info['query_tokens'] = torch.tensor(data_info['query_tokens'])
        return super().apply_pipeline(data_info)
