"""Recognize actions in many videos with one model."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import numpy as np
import torch
from mmengine.config import Config, ConfigDict
from mmengine.infer import BaseInferencer
from torch import nn

from mmaction.apis import model_zoo
from mmaction.apis._weights import (
    RANDOM,
    build_model,
    config_of_checkpoint,
    fetch_zoo_weights,
    load_into,
    resolve_device,
)
from mmaction.apis.inferencers.inputs import InputFormat, list_inputs
from mmaction.apis.inferencers.results import VideoInferencer, label_and_scores, named_source, output_paths
from mmaction.compat.read import is_encoder, read_config
from mmaction.inference.pipeline import InferencePipeline, config_naming, config_of, config_steps, evaluation_datasets
from mmaction.inference.precision import Precision, check_precision, compile_model, set_precision
from mmaction.inference.run import predict_batch
from mmaction.registry import INFERENCERS, VISUALIZERS
from mmaction.structures import ActionDataSample
from mmaction.utils import get_random_string, track
from mmaction.utils.check import at_least, known_keys, pick
from mmaction.utils.labels import read_labels
from mmaction.video import FrameNaming, VideoInput, input_name, is_url
from mmaction.visualization.action_visualizer import ActionVisualizer
from mmaction.visualization.frames import frames_to_draw, iter_frames_to_draw
from mmaction.visualization.video_backend import OutType


@INFERENCERS.register_module(name='action-recognition')
@INFERENCERS.register_module()
class ActionRecogInferencer(VideoInferencer):
    """Predict the actions in videos, draw them and write them to files.

    Args:
        model: name or alias of a model of the zoo, path of a config, a config, or a recognizer that was built already,
            which is used itself, not a copy of it. None: the config that the checkpoint carries.
        weights: file or URL of the weights; ``'random'`` for untrained ones. Default: those of the named model.
        device: default: CUDA if available, else the CPU.
        label_file: file of class names, one per line, to draw. Default: ``classes`` in the ``metainfo`` of the dataset
            in the config.
        input_format: ``'video'`` accepts files, URLs, folders of frames, arrays and dicts; ``'rawframes'`` and
            ``'array'`` accept those only.
        pack_cfg: naming of the frames in folders, overriding the config: ``filename_tmpl``, ``modality``,
            ``start_index``.
        scope: of the registries.
        dtype: precision of the network: ``'fp32'``, ``'bf16'`` or, on a GPU, ``'fp16'``.
        compile: compile the network with ``torch.compile``, in the first prediction for each shape of input.

    Raises:
        ValueError: no such model; no weights are given; and see :func:`init_recognizer`.
        WeightsNotAvailable: the weights of a model of the zoo cannot be fetched; the message tells where to put them.
    """

    def __init__(
        self,
        model: str | os.PathLike | Config | ConfigDict | dict | nn.Module | None,
        weights: str | os.PathLike | None = None,
        device: str | torch.device | None = None,
        label_file: str | os.PathLike | None = None,
        input_format: InputFormat = 'video',
        pack_cfg: dict = {},
        scope: str | None = 'mmaction',
        *,
        dtype: Precision = 'fp32',
        compile: bool = False,
    ) -> None:
        self.input_format = pick(get_args(InputFormat), input_format, 'input_format')
        self.pack_cfg = known_keys('pack_cfg', pack_cfg, vars(FrameNaming()))
        self.num_visualized_vids = 0
        classes = None if label_file is None else read_labels(label_file)
        self._ready = model if isinstance(model, nn.Module) else None
        if isinstance(model, nn.Module):
            model = config_of(model)
            weights = weights or RANDOM  # it keeps its own
        if isinstance(model, os.PathLike):
            model = os.fspath(model)
        if isinstance(model, str) and model.endswith('.py') and (os.sep in model or os.path.isfile(model)):
            model = read_config(model)
        if is_encoder(model):
            model = read_config(model)
            weights = weights or RANDOM  # it is built with the weights of its folder
        if model is None and weights is None:
            raise ValueError(
                'Neither a model nor weights are given. Name a model, such as tsn, or give the path of a config.'
            )
        chosen = resolve_device(device)
        check_precision(dtype, chosen)
        super().__init__(model, weights, chosen, scope, show_progress=True)
        set_precision(self.model, dtype)
        if compile:
            compile_model(self.model)
        self.classes = classes or _classes_of(self.cfg)
        self.visualizer.dataset_meta = dict(classes=self.classes)

    def __call__(
        self,
        inputs: VideoInput | Sequence[VideoInput],
        return_datasamples: bool = False,
        batch_size: int = 1,
        return_vis: bool = False,
        show: bool = False,
        wait_time: float = 0,
        draw_pred: bool = True,
        vid_out_dir: str = '',
        out_type: OutType = 'video',
        print_result: bool = False,
        pred_out_file: str = '',
        target_resolution: tuple[int, int] | None = None,
        **kwargs: Any,
    ) -> dict[str, list]:
        """Predict.

        Args:
            inputs: a video (see ``input_format``), a list of videos, or a folder of them.
            return_datasamples: return data samples instead of plain numbers.
            batch_size: videos per batch.
            return_vis: return the frames with the predictions drawn into them.
            show: play them in a window; without a display, this is skipped with a warning.
            wait_time: seconds per frame in the window; 0: 1 / ``fps``.
            draw_pred: draw the predictions.
            vid_out_dir: folder to write them to, as ``<name of the input>.mp4``.
            out_type: ``'video'``, ``'gif'`` or ``'img'`` (a folder of images).
            print_result: print the predictions.
            pred_out_file: file to write the predictions to, ``.json`` or ``.pkl``.
            target_resolution: (width, height) of the result; -1 for one of them keeps the aspect ratio.
            **kwargs: ``fps`` of the result; default: that of the video, or 30. ``return_datasample``, the same as
                ``return_datasamples``.

        Returns:
            ``predictions``: per video a dict with ``pred_labels`` ([best class]), ``pred_scores`` (one per class) and
            ``video`` (path or URL, if it has one), or a data sample; ``visualization``: per video uint8 (T, H, W, 3)
            with ``return_vis``, else empty.
        """
        return self._infer(
            inputs,
            batch_size,
            return_datasamples=return_datasamples,
            return_vis=return_vis,
            show=show,
            wait_time=wait_time,
            draw_pred=draw_pred,
            vid_out_dir=vid_out_dir,
            out_type=out_type,
            print_result=print_result,
            pred_out_file=pred_out_file,
            target_resolution=target_resolution,
            **kwargs,
        )

    def predict(self, videos: Sequence[VideoInput], batch_size: int = 1) -> list[ActionDataSample]:
        """Data samples with the predictions for videos, in their order."""
        at_least(1, batch_size, 'batch_size')
        batches = self.preprocess(videos, batch_size)
        if self.show_progress and len(videos) > batch_size:
            batches = track(batches, 'Inference', -(-len(videos) // batch_size))
        return [sample for batch in batches for sample in self.forward(batch)]

    def forward(self, inputs: Mapping[str, Any]) -> list[ActionDataSample]:
        """Data samples with the predictions for a batch."""
        return predict_batch(self.model, inputs)

    def _inputs_to_list(self, inputs: Any) -> list:
        return list_inputs(inputs, self.input_format)

    # --- model and pipeline ------------------------------------------------------------------------------------------
    def _load_model_from_metafile(self, model: str) -> tuple[Config, str | None]:
        entry = model_zoo.find_model(model)
        return Config.fromfile(entry.config_path), entry.weights

    def _init_model(self, cfg: Any, weights: str | os.PathLike | None, device: Any = 'cpu') -> nn.Module:
        """Build the model, as mmengine's method does; ``weights`` are the given ones, or those of the zoo."""
        if weights is None:
            name = getattr(cfg, 'filename', None) or 'the config'
            raise ValueError(
                f'No weights are given for {name}. Pass weights=PATH (--rec-weights PATH), or weights={RANDOM!r} '
                f'(--rec-weights {RANDOM}) for untrained ones.'
            )
        if not cfg:
            cfg.update(config_of_checkpoint(weights))
        if is_url(os.fspath(weights)):
            weights = fetch_zoo_weights(os.fspath(weights))
        chosen = torch.device(device)
        model = build_model(cfg, chosen) if self._ready is None else self._ready.to(chosen).eval()
        if weights != RANDOM:
            load_into(model, weights)
        return model

    def _init_pipeline(self, cfg: Any) -> InferencePipeline:
        naming = config_naming(cfg)
        return InferencePipeline(config_steps(cfg, loader_first=True), FrameNaming(**{**vars(naming), **self.pack_cfg}))

    def _init_visualizer(self, cfg: Any) -> Any:
        visualizer = dict(cfg.get('visualizer') or dict(type='ActionVisualizer'))
        visualizer.pop('vis_backends', None)  # what is drawn goes to vid_out_dir
        visualizer['name'] = f'{visualizer.get("name", "inferencer")}-{get_random_string(8)}'
        return VISUALIZERS.build(visualizer)

    @staticmethod
    def list_models(scope: str | None = 'mmaction', patterns: str = '.*') -> list[str]:
        """Names and aliases of the models of a scope that match a regular expression."""
        if scope in (None, 'mmaction'):
            return model_zoo.list_models(patterns)
        return BaseInferencer.list_models(scope, patterns)

    # --- results -----------------------------------------------------------------------------------------------------
    def visualize(
        self,
        inputs: Sequence[VideoInput],
        preds: Sequence[ActionDataSample],
        return_vis: bool = False,
        show: bool = False,
        wait_time: float = 0,
        draw_pred: bool = True,
        fps: float | None = None,
        out_type: OutType = 'video',
        target_resolution: tuple[int, int] | None = None,
        vid_out_dir: str = '',
    ) -> list[np.ndarray]:
        """Draw predictions on their videos; the arguments are those of a call."""
        if not (show or return_vis or vid_out_dir):
            return []
        if self.visualizer is None:
            raise ValueError('visualizer is None; it draws the predictions.')
        drawn = []
        paths = output_paths(inputs, vid_out_dir, out_type, self.num_visualized_vids)
        # A long video does not fit into memory, and is not needed there where it is only written.
        writes_only = not (show or return_vis) and isinstance(self.visualizer, ActionVisualizer)
        for video, sample, path in zip(inputs, preds, paths):
            self.num_visualized_vids += 1
            look: dict[str, Any] = dict(draw_pred=draw_pred, out_type=out_type, target_resolution=target_resolution)
            is_path = isinstance(video, str | os.PathLike)
            if writes_only and is_path and self.visualizer.draws_one_by_one:
                stream, rate = iter_frames_to_draw(video)
                self.visualizer.write_drawn(path, stream, sample, fps=fps or rate, **look)
                continue
            frames, rate = frames_to_draw(video)
            rate = rate if fps is None else fps
            result = self.visualizer.add_datasample(
                input_name(video) or path.stem,
                frames,
                sample,
                draw_gt=False,
                show_frames=show,
                wait_time=wait_time or 1 / rate,
                out_path=path if vid_out_dir else None,
                fps=rate,
                **look,
            )
            if return_vis:
                drawn.append(result)
        return drawn

    def pred2dict(self, data_sample: ActionDataSample) -> dict[str, Any]:
        """``pred_labels`` and ``pred_scores`` of a data sample, as plain numbers, and ``video``, its path or URL."""
        labels, scores = label_and_scores(data_sample)
        return {'pred_labels': labels, 'pred_scores': scores, **named_source(data_sample)}


def _classes_of(cfg: Mapping[str, Any]) -> list[str] | None:
    for dataset in evaluation_datasets(cfg):
        classes = (dataset.get('metainfo') or {}).get('classes')
        if isinstance(classes, list | tuple):
            return list(classes)
    return None
