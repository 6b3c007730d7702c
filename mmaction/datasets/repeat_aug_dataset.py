"""Repeated augmentation: several augmented samples from one read of a video."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from mmengine.dataset import pseudo_collate
from mmengine.registry import FUNCTIONS

from mmaction.datasets.transforms.base import Role
from mmaction.datasets.transforms.contract import flatten, role_of, step_name
from mmaction.datasets.transforms.frames import Frames
from mmaction.datasets.video_dataset import VideoDataset
from mmaction.registry import DATASETS, FUNCTION
from mmaction.utils.check import at_least


def get_type(transform: dict | Callable) -> str:
    """Name of the class of a step of a pipeline, or of its config."""
    return step_name(transform)


@FUNCTIONS.register_module()  # where the runner looks collate functions up
@FUNCTION.register_module()
def repeat_pseudo_collate(data_batch: Sequence[Sequence[dict] | dict]) -> dict:
    """Collate samples of :class:`RepeatAugDataset`: B samples of R dicts each become one dict of lists of B * R.

    The repeats of a sample are adjacent.
    """
    flat: list[dict] = []
    for sample in data_batch:
        flat.extend([sample] if isinstance(sample, dict) else sample)
    return pseudo_collate(flat)


@DATASETS.register_module()
class RepeatAugDataset(VideoDataset):
    """Videos for action recognition, each read once and augmented several times.

    `Augment your batch <https://arxiv.org/abs/1901.09335>`_ (Hoffer et al., CVPR 2020), as MViT trains with. A sample
    is a list of ``num_repeats`` dicts, so the dataloader needs ``collate_fn=dict(type='repeat_pseudo_collate')``, and
    a batch has ``batch_size * num_repeats`` clips.

    The pipeline must sample frames and then decode a video, as ``DecordInit, SampleFrames, DecordDecode, ...``. The
    steps after the decoding run once per repeat.

    Args:
        num_repeats: augmented samples per video.
        sample_once: all repeats share their frames; by default each draws its own, and all are decoded at once.

    The other arguments are those of :class:`VideoDataset`.
    """

    added_keys = ()  # apply_pipeline runs the steps in another order of calls, on the same keys

    def __init__(
        self,
        ann_file: str,
        pipeline: Sequence[dict | Callable],
        data_prefix: dict | None = dict(video=''),
        num_repeats: int = 4,
        sample_once: bool = False,
        multi_class: bool = False,
        num_classes: int | None = None,
        start_index: int = 0,
        modality: str = 'RGB',
        **kwargs: Any,
    ) -> None:
        at_least(1, num_repeats, 'num_repeats')
        self.num_repeats = num_repeats
        self.sample_once = sample_once
        super().__init__(ann_file, pipeline, data_prefix, multi_class, num_classes, start_index, modality, **kwargs)

    def apply_pipeline(self, data_info: dict) -> list[dict] | None:
        """Sample, decode once, and run the rest of the pipeline once per repeat."""
        steps = iter(flatten(self.pipeline.transforms))
        before, sampler, results = self._run_until(steps, data_info, 'sample', 'frame_inds')
        if results is None:
            return None
        draws = [results]
        if not self.sample_once:
            draws += [sampler(dict(before)) for _ in range(self.num_repeats - 1)]
            if any(draw is None for draw in draws):
                return None
        frame_inds = [np.asarray(draw['frame_inds']).reshape(-1) for draw in draws]
        results = {**results, 'frame_inds': np.concatenate(frame_inds)}
        _, _, results = self._run_until(steps, results, 'decode', 'imgs')
        if results is None:
            return None

        imgs = results.pop('imgs')
        decoded = np.asarray(imgs) if isinstance(imgs, Frames) else imgs  # an array is copied whole, not by frames
        results.pop('video_reader', None)
        bounds = np.cumsum([0, *map(len, frame_inds)])
        rest = list(steps)
        repeats = []
        for i in range(self.num_repeats):
            j = min(i, len(draws) - 1)  # 0 if all repeats share one draw
            repeat = copy.deepcopy(results)
            for key, value in draws[j].items():  # what the sampler drew besides the frames
                if key != 'video_reader' and value is not before.get(key):
                    repeat[key] = copy.deepcopy(value)
            drawn = copy.deepcopy(decoded[bounds[j] : bounds[j + 1]])  # transforms may write into it
            repeat['imgs'] = Frames(drawn) if isinstance(imgs, Frames) else drawn
            packed = self._run_all(rest, repeat)
            if packed is None:
                return None
            repeats.append(packed)
        return repeats

    @staticmethod
    def _run_all(steps: Sequence[Callable], results: dict | None) -> dict | None:
        for step in steps:
            results = step(results)
            if results is None:
                return None
        return results

    def _run_until(
        self, steps: Iterator[Callable], results: dict, role: Role, key: str
    ) -> tuple[dict, Callable, dict | None]:
        """Run steps up to the one of a role; a step that declares no role counts where it wrote the key of the role.

        Returns:
            The results before that step, the step, and the results; None for these where a step drops the sample.
        """
        for step in steps:
            before = dict(results)
            out = step(results)
            declared = role_of(step)
            if out is None or declared == role or (declared is None and key in out):
                return before, step, out
            results = out
        names = ', '.join(map(step_name, self.pipeline.transforms))
        does = {'sample': 'samples frames', 'decode': 'decodes them'}[role]
        raise ValueError(
            f'The pipeline of RepeatAugDataset ({names}) has no step that {does} (role {role!r}, writes {key!r}): '
            'sample frames, then decode them.'
        )
