"""``MMUniformSampleFrames`` and ``MMDecode``: frames and keypoints of one video (RGBPose-Conv3D)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mmaction.datasets.transforms.decode import DecordDecode, DecordInit
from mmaction.datasets.transforms.frames import frame_size
from mmaction.datasets.transforms.pose.decode import PoseDecode, load_keypoints
from mmaction.datasets.transforms.results import total_frames
from mmaction.datasets.transforms.sampling.uniform import UniformSampleFrames
from mmaction.registry import TRANSFORMS
from mmaction.utils.check import at_least
from mmaction.video.open import as_reader

_MODALITIES = ('RGB', 'Pose')


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class MMUniformSampleFrames(UniformSampleFrames):
    """Take one frame from each of equal segments, for each modality on its own.

    Reads ``total_frames``. Writes ``RGB_inds``, ``Pose_inds`` (int32, (num_clips * clip_len,)), ``clip_len`` (a dict),
    ``frame_interval`` (None), ``num_clips``, ``modality`` (list).

    Args:
        clip_len: frames of a clip by modality: ``dict(RGB=8, Pose=32)``, or one of the two.
        num_clips: clips of a video.
        test_mode: deterministic.
        seed: of the draws in testing, for each modality anew.
    """

    writes = ('RGB_inds', 'Pose_inds', 'clip_len', 'frame_interval', 'num_clips', 'modality')
    clip_len: dict[str, int]  # type: ignore[assignment]  # by modality, in this sampler only

    def __post_init__(self) -> None:
        lengths = self.clip_len
        if not isinstance(lengths, dict) or not lengths or not set(lengths) <= set(_MODALITIES):
            raise ValueError(f'clip_len ({lengths!r}) must be a dict of lengths of {list(_MODALITIES)}.')
        for name, length in lengths.items():
            at_least(1, length, f'clip_len of {name}')
        at_least(1, self.num_clips, 'num_clips')

    def transform(self, results: dict) -> dict:
        total = total_frames(results)
        for name, length in self.clip_len.items():
            results[f'{name}_inds'] = self._inds(total, length)
        results['clip_len'] = dict(self.clip_len)
        results['frame_interval'] = None
        results['num_clips'] = self.num_clips
        if not isinstance(results.get('modality'), list):
            results['modality'] = list(self.clip_len)
        return results


@TRANSFORMS.register_module()
class MMDecode(DecordInit, DecordDecode, PoseDecode):
    """Decode the frames ``RGB_inds`` and keep the keypoints ``Pose_inds``.

    Keypoints come out in pixels of the decoded frames, also where the annotation was made on frames of another size.

    Reads ``modality`` (list), ``filename`` or else ``frame_dir`` (to which ``.mp4`` is added), ``keypoint`` and, where
    given, ``keypoint_score`` (else 1), ``img_shape`` of the annotation. Writes ``imgs``, ``keypoint``,
    ``keypoint_score``, ``img_shape``, ``original_shape``.

    Args:
        io_backend: where files come from, as in ``DecordInit``.
        num_threads: decoding threads.
        kwargs: of the file backend.
    """

    role = 'decode'
    reads = ('modality', 'RGB_inds|Pose_inds', 'filename|frame_dir')
    writes = ('imgs', 'keypoint', 'keypoint_score', 'img_shape', 'original_shape', 'filename')

    def __init__(self, io_backend: str = 'disk', num_threads: int = 1, **kwargs: Any) -> None:
        DecordInit.__init__(self, io_backend, num_threads, **kwargs)

    def transform(self, results: dict) -> dict:
        for name in results['modality']:
            if name not in _MODALITIES:
                raise ValueError(f'modality has {name!r}; MMDecode knows {list(_MODALITIES)}.')
            inds = np.asarray(results[f'{name}_inds']).reshape(-1)
            results[f'{name}_inds'] = inds
            if name == 'RGB':
                results['imgs'] = self._frames(results, inds)
            else:
                results.setdefault('keypoint_score', np.ones(results['keypoint'].shape[:-1], dtype=np.float32))
                load_keypoints(results, inds, self)
        if 'imgs' in results:
            self._fit(results)
        return results

    def _frames(self, results: dict, inds: np.ndarray) -> list[np.ndarray]:
        if 'filename' not in results:
            results['filename'] = f'{results["frame_dir"]}.mp4'
        with as_reader(self._get_video_reader(results['filename']), results['filename']) as reader:
            return self._load_frames(reader, inds)

    @staticmethod
    def _fit(results: dict) -> None:
        """Bring keypoints from pixels of the annotation to those of the decoded frames."""
        height, width = frame_size(results['imgs'])
        old_h, old_w = results.get('img_shape', (height, width))
        if 'keypoint' in results and (old_h, old_w) != (height, width):
            keypoint = np.array(results['keypoint'], dtype=np.float32)
            keypoint[..., 0] *= width / old_w
            keypoint[..., 1] *= height / old_h
            results['keypoint'] = keypoint
        results['img_shape'] = results['original_shape'] = (height, width)
