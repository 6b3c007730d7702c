"""Predictions as plain numbers, the files they are written to, and the call that all inferencers share."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
from mmengine.fileio import dump
from mmengine.infer import BaseInferencer
from torch import Tensor

from mmaction.datasets.transforms.format.pack import SOURCE_KEYS
from mmaction.structures import ActionDataSample
from mmaction.utils.check import pick
from mmaction.video import VideoInput, input_name
from mmaction.visualization.video_backend import OutType

_RESULT_SUFFIXES = ('.json', '.pkl', '.pickle')
_DRAWING_SUFFIXES = {'video': '.mp4', 'gif': '.gif', 'img': ''}  # 'img' makes a folder


class VideoInferencer(BaseInferencer):
    """Base of the inferencers: from the arguments of a call to its results."""

    preprocess_kwargs: set = set()
    forward_kwargs: set = set()
    visualize_kwargs: set = {
        'return_vis',
        'show',
        'wait_time',
        'vid_out_dir',
        'draw_pred',
        'fps',
        'out_type',
        'target_resolution',
    }
    postprocess_kwargs: set = {'print_result', 'pred_out_file', 'return_datasample'}

    def _infer(self, inputs: Any, batch_size: int, **kwargs: Any) -> dict[str, list]:
        # Two names of one argument: MMAction2's inferencers have one each.
        both = [kwargs.pop(name, False) for name in ('return_datasamples', 'return_datasample')]
        _, _, drawing, output = self._dispatch_kwargs(return_datasample=any(both), **kwargs)
        videos = self._inputs_to_list(inputs)
        # Paths are checked before the model runs; visualize and postprocess would check them after it.
        check_out_file(output.get('pred_out_file', ''))
        output_paths(videos, drawing.get('vid_out_dir', ''), drawing.get('out_type', 'video'))
        preds = self.predict(videos, batch_size)
        return self.postprocess(preds, self.visualize(videos, preds, **drawing), **output)

    @abstractmethod
    def predict(self, videos: Sequence[VideoInput], batch_size: int = 1) -> Any:
        """Predict for videos, in their order."""

    @abstractmethod
    def pred2dict(self, data_sample: ActionDataSample) -> dict[str, Any]:
        """Convert a data sample to plain numbers."""

    def _samples(self, preds: Any) -> Sequence[ActionDataSample]:
        return preds

    def postprocess(
        self,
        preds: Any,
        visualization: Sequence[np.ndarray] | None = None,
        return_datasample: bool = False,
        print_result: bool = False,
        pred_out_file: str = '',
    ) -> dict[str, list]:
        """Print and write predictions, and put them together with what was drawn.

        Args:
            preds: result of :meth:`predict`.
            visualization: frames with the predictions, one array per video.
            return_datasample: return data samples; what is printed and written are plain numbers.
            print_result: print the predictions.
            pred_out_file: file to write them to.
        """
        check_out_file(pred_out_file)
        samples = self._samples(preds)
        predictions: list[Any] = list(samples)
        if print_result or pred_out_file or not return_datasample:
            predictions = [self.pred2dict(sample) for sample in samples]
        if print_result:
            print({'predictions': predictions})
        if pred_out_file:
            os.makedirs(os.path.dirname(os.path.abspath(pred_out_file)), exist_ok=True)
            dump({'predictions': predictions}, pred_out_file)
        if return_datasample:
            predictions = list(samples)
        return {'predictions': predictions, 'visualization': list(visualization or [])}


def label_and_scores(sample: ActionDataSample) -> tuple[list[int], list[float]]:
    """The best class (in a list) and the score of every class; views that the model did not average are averaged.

    Raises:
        ValueError: the sample has no class scores.
    """
    scores = sample.get('pred_score') if isinstance(sample, ActionDataSample) else None
    if not isinstance(scores, Tensor):
        content = f'shape {tuple(np.shape(sample))}'
        if isinstance(sample, ActionDataSample):
            content = ', '.join(sample.keys())
        raise ValueError(f'The model predicts no class scores but {type(sample).__name__} with {content}.')
    if scores.ndim == 1:
        return sample.get('pred_label').tolist(), scores.tolist()
    mean = scores.float().reshape(-1, scores.shape[-1]).mean(0)
    return [int(mean.argmax())], mean.tolist()


def named_source(sample: ActionDataSample) -> dict[str, str]:
    """``{'video': path or URL}`` of the input of a sample; empty for arrays, which have no name."""
    for key in SOURCE_KEYS:
        if sample.metainfo.get(key) is not None:
            return {'video': os.fspath(sample.metainfo[key])}
    return {}


def check_out_file(path: str) -> None:
    """Raise ValueError if the suffix is of no format that results are written in."""
    if path and not path.lower().endswith(_RESULT_SUFFIXES):
        raise ValueError(f'pred_out_file ({path}) must end in {", ".join(_RESULT_SUFFIXES)}.')


def output_paths(inputs: Sequence[VideoInput], vid_out_dir: str, out_type: OutType, start: int = 0) -> list[Path]:
    """``vid_out_dir/<name>.mp4`` (``.gif``, or a folder of images) of each input.

    Args:
        inputs: the videos.
        vid_out_dir: the folder.
        out_type: form of the result.
        start: number of the first one; arrays are named by it, ``00000000.mp4``.

    Raises:
        ValueError: unknown ``out_type``; an input would be overwritten.
    """
    suffix = _DRAWING_SUFFIXES[pick(get_args(OutType), out_type, 'out_type')]
    taken: set[str] = set()
    paths = []
    for number, video in enumerate(inputs, start):
        stem = name = input_name(video) or f'{number:08}'
        count = 1
        while name in taken:  # files of one name from several folders
            name = f'{stem}_{count}'
            count += 1
        taken.add(name)
        path = Path(vid_out_dir, name + suffix)
        if isinstance(video, str | os.PathLike) and path.exists() and os.path.exists(video) and path.samefile(video):
            raise ValueError(f'The result would overwrite its input {os.fspath(video)}. Give another vid_out_dir.')
        paths.append(path)
    return paths
