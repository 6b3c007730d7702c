"""One entry point for the inferencers of all tasks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from mmaction.apis.inferencers.actionrecog_inferencer import ActionRecogInferencer
from mmaction.apis.inferencers.inputs import InputFormat
from mmaction.apis.inferencers.results import VideoInferencer
from mmaction.inference.precision import Precision
from mmaction.registry import INFERENCERS
from mmaction.structures import ActionDataSample
from mmaction.video import VideoInput

Predictions = dict[str, list[ActionDataSample]]


@INFERENCERS.register_module(name='mmaction2')
@INFERENCERS.register_module()
class MMAction2Inferencer(VideoInferencer):
    """Predict the actions in videos.

    Args:
        rec: recognizer: name or alias of a model of the zoo, path of a config, a config, or a recognizer that was built
            already. None: the config that the checkpoint carries.
        rec_weights: file or URL of its weights; ``'random'`` for untrained ones. Default: those of the named model.
        device: default: CUDA if available, else the CPU.
        label_file: file of class names, one per line, to draw.
        input_format: ``'video'`` accepts files, URLs, folders of frames, arrays and dicts; ``'rawframes'`` and
            ``'array'`` accept those only.
        dtype: precision of the network: ``'fp32'``, ``'bf16'`` or, on a GPU, ``'fp16'``.
        compile: compile the network with ``torch.compile``, in the first prediction for each shape of input.

    Raises:
        ValueError: neither ``rec`` nor ``rec_weights`` is given; and see :class:`ActionRecogInferencer`.
    """

    def __init__(
        self,
        rec: Any = None,
        rec_weights: str | os.PathLike | None = None,
        device: str | torch.device | None = None,
        label_file: str | os.PathLike | None = None,
        input_format: InputFormat = 'video',
        *,
        dtype: Precision = 'fp32',
        compile: bool = False,
    ) -> None:
        # Not the parent's, which builds a single model.
        if rec is None and rec_weights is None:
            raise ValueError('rec is None: name a recognizer, such as tsn, or give the path of a config (--rec).')
        self.actionrecog_inferencer = ActionRecogInferencer(
            rec, rec_weights, device, label_file, input_format, dtype=dtype, compile=compile
        )
        self.visualizer = self.actionrecog_inferencer.visualizer
        self.mode = 'rec'

    def __call__(
        self, inputs: VideoInput | Sequence[VideoInput], batch_size: int = 1, **kwargs: Any
    ) -> dict[str, list]:
        """Predict.

        Args:
            inputs: a video, a list of videos, or a folder of them.
            batch_size: videos per batch.
            **kwargs: ``return_vis``, ``show``, ``wait_time``, ``vid_out_dir``, ``draw_pred``, ``fps``, ``out_type``,
                ``target_resolution``, ``print_result``, ``pred_out_file`` as of :class:`ActionRecogInferencer`, and
                ``return_datasample`` (or ``return_datasamples``).

        Returns:
            ``predictions``: per video a dict with ``rec_labels`` ([[best class]]), ``rec_scores`` ([scores of all
            classes]) and ``video`` (path or URL, if it has one), or a data sample; ``visualization``: per video uint8
            (T, H, W, 3) with ``return_vis``, else empty.
        """
        return self._infer(inputs, batch_size, **kwargs)

    def _inputs_to_list(self, inputs: Any) -> list:
        return self.actionrecog_inferencer._inputs_to_list(inputs)

    def _init_pipeline(self, cfg: Any) -> Any:
        return self.actionrecog_inferencer._init_pipeline(cfg)

    def forward(self, inputs: Sequence[VideoInput], batch_size: int = 1) -> Predictions:
        """Data samples of the videos, by task: ``{'rec': [...]}``."""
        return {'rec': self.actionrecog_inferencer.predict(inputs, batch_size)}

    def predict(self, videos: Sequence[VideoInput], batch_size: int = 1) -> Predictions:
        return self.forward(videos, batch_size)

    def _samples(self, preds: Predictions) -> Sequence[ActionDataSample]:
        return preds['rec']

    def visualize(self, inputs: Sequence[VideoInput], preds: Predictions, **kwargs: Any) -> list[np.ndarray]:
        """Draw predictions on their videos; see :meth:`ActionRecogInferencer.visualize`."""
        return self.actionrecog_inferencer.visualize(inputs, preds['rec'], **kwargs)

    def pred2dict(self, data_sample: ActionDataSample) -> dict[str, Any]:
        """``rec_labels`` and ``rec_scores`` of a data sample, each a list with one entry per model, and ``video``."""
        plain = self.actionrecog_inferencer.pred2dict(data_sample)
        return {f'rec_{key.removeprefix("pred_")}': [plain.pop(key)] for key in ('pred_labels', 'pred_scores')} | plain

    list_models = ActionRecogInferencer.list_models
