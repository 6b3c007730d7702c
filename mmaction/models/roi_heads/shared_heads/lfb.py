"""Long-term feature bank: features of the persons of whole videos (https://arxiv.org/abs/1812.05038)."""

from __future__ import annotations

import os.path as osp
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from mmaction.models.roi_heads.shared_heads.bank_files import Bank, bank_file, read_bank
from mmaction.utils.check import at_least, pick

Device = Literal['gpu', 'cpu', 'lmdb']
_DEVICES: tuple[Device, ...] = ('gpu', 'cpu', 'lmdb')


class LFB:
    """Features around a moment of a video, from the files that ``LFBInferHead`` writes.

    Args:
        lfb_prefix_path: folder of ``lfb_train.pkl`` and ``lfb_val.pkl``.
        max_num_sampled_feat: upper limit of the features per second.
        window_size: seconds of the window.
        lfb_channels: length of a feature.
        dataset_modes: ``'train'``, ``'val'`` or both: the files to read.
        device: ``'gpu'`` keeps the features there, or in memory on a machine without one; ``'cpu'`` keeps them in
            memory, shared by all processes; ``'lmdb'`` is the same, since the files are mapped and need no data base.
        lmdb_map_size: not used; nothing writes a data base.
        construct_lmdb: not used.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a number is out of range, the device is unknown, or the features have another length.
    """

    def __init__(
        self,
        lfb_prefix_path: str,
        max_num_sampled_feat: int = 5,
        window_size: int = 60,
        lfb_channels: int = 2048,
        dataset_modes: str | Sequence[str] = ('train', 'val'),
        device: Device = 'gpu',
        lmdb_map_size: float = 4e9,
        construct_lmdb: bool = True,
    ) -> None:
        self.lfb_prefix_path = lfb_prefix_path
        self.max_num_sampled_feat = at_least(1, max_num_sampled_feat, 'max_num_sampled_feat')
        self.window_size = at_least(1, window_size, 'window_size')
        self.lfb_channels = lfb_channels
        self.dataset_modes = (dataset_modes,) if isinstance(dataset_modes, str) else tuple(dataset_modes)
        self.device = pick(_DEVICES, device, 'device')
        if not osp.exists(lfb_prefix_path):
            raise FileNotFoundError(
                f'The feature bank {lfb_prefix_path} (lfb_prefix_path) does not exist. Test the models of '
                'configs/detection/lfb with LFBInferHead first; they write it.'
            )
        self._place = torch.device('cuda' if device == 'gpu' and torch.cuda.is_available() else 'cpu')
        self.lfb: Bank = {}
        for mode in self.dataset_modes:
            for video, seconds in read_bank(bank_file(lfb_prefix_path, mode)).items():
                self.lfb[video] = {second: self._placed(features) for second, features in seconds.items()}

    def _placed(self, features: list[Tensor]) -> list[Tensor]:
        for feature in features:
            if feature.shape != (self.lfb_channels,):
                raise ValueError(
                    f'The features in {self.lfb_prefix_path} have shape {tuple(feature.shape)}, but lfb_channels is '
                    f'{self.lfb_channels}.'
                )
        return [feature.to(self._place) for feature in features]

    def sample_long_term_features(self, video_id: str, timestamp: int, is_random: bool = False) -> Tensor:
        """Features of the seconds around a moment.

        Args:
            video_id: the video.
            timestamp: the moment, in seconds.
            is_random: draw among the features of a second where there are too many; otherwise take the first, which
                are those of the most certain boxes.

        Returns:
            (window_size * max_num_sampled_feat, lfb_channels); zero where a second has fewer features.
        """
        if video_id not in self.lfb:
            raise KeyError(
                f'The feature bank {self.lfb_prefix_path} has no video {video_id!r} among its {len(self.lfb)}. '
                f'dataset_modes is {self.dataset_modes}: write the bank of the data set that has the video.'
            )
        seconds = self.lfb[video_id]
        window = torch.zeros(self.window_size, self.max_num_sampled_feat, self.lfb_channels, device=self._place)
        start = timestamp - self.window_size // 2
        for offset in range(self.window_size):
            features = seconds.get(start + offset, [])
            if is_random and len(features) > self.max_num_sampled_feat:
                features = [features[i] for i in torch.randperm(len(features)).tolist()]
            features = features[: self.max_num_sampled_feat]
            if features:
                window[offset, : len(features)] = torch.stack(features).float()
        return window.flatten(0, 1)

    def sample(self, img_key: str, is_random: bool = False) -> Tensor:
        """Features around the moment of a key, ``'video,second'``; see :meth:`sample_long_term_features`."""
        video_id, timestamp = img_key.rsplit(',', 1)
        return self.sample_long_term_features(video_id, int(timestamp), is_random)

    def __getitem__(self, img_key: str) -> Tensor:
        return self.sample(img_key)

    def __len__(self) -> int:
        """Number of videos."""
        return len(self.lfb)
