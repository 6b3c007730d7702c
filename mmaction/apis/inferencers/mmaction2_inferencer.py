"""One entry point for the inferencers of all tasks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.infer import BaseInferencer

from mmaction.apis.inferencers._drawing import output_paths
from mmaction.apis.inferencers._listing import InputFormat
from mmaction.apis.inferencers._results import check_out_file, pack_results
from mmaction.apis.inferencers.actionrecog_inferencer import ActionRecogInferencer
from mmaction.registry import INFERENCERS
from mmaction.structures import ActionDataSample
from mmaction.video import VideoInput

Predictions = dict[str, list[ActionDataSample]]


@INFERENCERS.register_module(name='mmaction2')
@INFERENCERS.register_module()
class MMAction2Inferencer(BaseInferencer):
    """Predicts the actions of videos.

    Args:
        rec: recognizer: name or alias of a model of the zoo, path of a config, or a config. None: the config that the
            checkpoint carries.
        rec_weights: file or address of its weights; ``'random'`` for untrained ones. Default: those of the model of
            that name.
        device: where to run. Default: CUDA if there, else the CPU.
        label_file: file with the name of a class a line, to draw.
        input_format: ``'video'`` takes files, addresses, folders of frames, arrays and dicts; ``'rawframes'`` and
            ``'array'`` take those only.

    Raises:
        ValueError: neither ``rec`` nor ``rec_weights`` is given; and see :class:`ActionRecogInferencer`.
    """

    preprocess_kwargs: set = set()
    forward_kwargs: set = set()
    visualize_kwargs: set = ActionRecogInferencer.visualize_kwargs
    postprocess_kwargs: set = {'print_result', 'pred_out_file', 'return_datasample'}

    def __init__(
        self,
        rec: Any = None,
        rec_weights: str | os.PathLike | None = None,
        device: str | torch.device | None = None,
        label_file: str | os.PathLike | None = None,
        input_format: InputFormat = 'video',
    ) -> None:
        # not the parent's, which builds one model
        if rec is None and rec_weights is None:
            raise ValueError('rec is None: name a recognizer, as tsn, or give the path of a config (--rec).')
        self.actionrecog_inferencer = ActionRecogInferencer(rec, rec_weights, device, label_file, input_format)
        self.visualizer = self.actionrecog_inferencer.visualizer
        self.mode = 'rec'

    def __call__(
        self, inputs: VideoInput | Sequence[VideoInput], batch_size: int = 1, **kwargs: Any
    ) -> dict[str, list]:
        """Predict.

        Args:
            inputs: a video, a list of videos, or a folder of them.
            batch_size: videos that go through the model at once.
            **kwargs: ``return_vis``, ``show``, ``wait_time``, ``vid_out_dir``, ``draw_pred``, ``fps``, ``out_type``,
                ``target_resolution``, ``print_result``, ``pred_out_file`` as of :class:`ActionRecogInferencer`, and
                ``return_datasample`` (or ``return_datasamples``).

        Returns:
            ``predictions``: each video a dict with ``rec_labels`` ([[best class]]) and ``rec_scores`` ([a score a
            class]), or data samples; ``visualization``: uint8 (T, H, W, 3) each video with ``return_vis``, else empty.
        """
        if 'return_datasamples' in kwargs:
            kwargs['return_datasample'] = kwargs.pop('return_datasamples') or kwargs.get('return_datasample', False)
        _, _, drawing, output = self._dispatch_kwargs(**kwargs)
        videos = self._inputs_to_list(inputs)
        check_out_file(output.get('pred_out_file', ''))
        output_paths(videos, drawing.get('vid_out_dir', ''), drawing.get('out_type', 'video'))
        preds = self.forward(videos, batch_size)
        return self.postprocess(preds, self.visualize(videos, preds, **drawing), **output)

    def _inputs_to_list(self, inputs: Any) -> list:
        return self.actionrecog_inferencer._inputs_to_list(inputs)

    def _init_pipeline(self, cfg: Any) -> Any:
        return self.actionrecog_inferencer._init_pipeline(cfg)

    def forward(self, inputs: Sequence[VideoInput], batch_size: int = 1) -> Predictions:
        """Data samples of the videos, by task: ``{'rec': [...]}``."""
        return {'rec': self.actionrecog_inferencer.predict(inputs, batch_size)}

    def visualize(self, inputs: Sequence[VideoInput], preds: Predictions, **kwargs: Any) -> list[np.ndarray]:
        """Draw predictions on their videos; see :meth:`ActionRecogInferencer.visualize`."""
        return self.actionrecog_inferencer.visualize(inputs, preds['rec'], **kwargs)

    def postprocess(
        self,
        preds: Predictions,
        visualization: list[np.ndarray] | None = None,
        return_datasample: bool = False,
        print_result: bool = False,
        pred_out_file: str = '',
    ) -> dict[str, list]:
        """Print and write predictions and put them together with what was drawn."""
        return pack_results(preds['rec'], self.pred2dict, visualization, return_datasample, print_result, pred_out_file)

    def pred2dict(self, data_sample: ActionDataSample) -> dict[str, list]:
        """``rec_labels`` and ``rec_scores`` of a data sample, as plain numbers; each is a list of one model's."""
        plain = self.actionrecog_inferencer.pred2dict(data_sample)
        return {'rec_labels': [plain['pred_labels']], 'rec_scores': [plain['pred_scores']]}

    list_models = ActionRecogInferencer.list_models
