"""Detect the actions of the persons in many videos with one model."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config, ConfigDict

from mmaction.apis.inferencers.actionrecog_inferencer import ActionRecogInferencer
from mmaction.apis.inferencers.results import output_paths
from mmaction.inference.detect import PersonDetector, Steps, VideoActions, action_names, detect_actions, to_dict
from mmaction.inference.detect.choose import PersonSource
from mmaction.inference.detect.clips import KeyFrameClips
from mmaction.inference.detect.draw import draw_actions
from mmaction.inference.detect.results import write_ava_csv
from mmaction.inference.precision import Precision
from mmaction.registry import INFERENCERS
from mmaction.utils.files import complete_or_absent
from mmaction.video import FrameReader, VideoInput, input_name, open_video, write_frames
from mmaction.visualization.video_backend import OutType

# What a call may leave out: where the boxes of persons come from.
Persons = PersonDetector | PersonSource | str | os.PathLike


@INFERENCERS.register_module(name='action-detection')
@INFERENCERS.register_module()
class DetectionInferencer(ActionRecogInferencer):
    """Detect who does what, where and when in videos, draw it and write it to files.

    Args:
        model: name of a model of the zoo, path of a config of ``configs/detection``, or a config.
        weights: file or URL of the weights; ``'random'`` for untrained ones.
        device: default: CUDA if available, else the CPU.
        label_map: names of the classes, see :func:`action_names`. Default: the label file of the config's dataset.
        persons: a :class:`PersonDetector`; a file of boxes, or a folder with one per video; or a
            :class:`PersonSource`. Default: the detector of persons that is installed, else moving objects.
        steps: frames between key frames, and between detections of persons.
        person_score_thr: smallest score of a person.
        dtype: precision of the network, as of :class:`ActionRecogInferencer`.
        compile: compile it, likewise.

    Raises:
        ValueError: the model is no action detector; and see :class:`ActionRecogInferencer`.
    """

    visualize_kwargs: set = {
        'return_vis',
        'vid_out_dir',
        'draw_pred',
        'fps',
        'out_type',
        'short_side',
        'action_score_thr',
    }
    postprocess_kwargs: set = {'print_result', 'pred_out_file', 'return_datasample', 'csv_out_dir'}

    def __init__(
        self,
        model: str | os.PathLike | Config | ConfigDict | dict | None,
        weights: str | os.PathLike | None = None,
        device: str | torch.device | None = None,
        label_map: str | os.PathLike | None = None,
        persons: Persons | None = None,
        *,
        steps: Steps = Steps(),
        person_score_thr: float = 0.0,
        pack_cfg: dict = {},
        scope: str | None = 'mmaction',
        dtype: Precision = 'fp32',
        compile: bool = False,
    ) -> None:
        super().__init__(model, weights, device, pack_cfg=pack_cfg, scope=scope, dtype=dtype, compile=compile)
        self.clips = KeyFrameClips(self.cfg)
        self.names = action_names(self.model, label_map)
        self.persons = persons
        self.steps = steps
        self.person_score_thr = person_score_thr

    # Not the arguments of recognition: windows and labels of whole videos are of no use here.
    def __call__(  # type: ignore[override]
        self,
        inputs: VideoInput | Sequence[VideoInput],
        batch_size: int = 1,
        *,
        return_datasamples: bool = False,
        return_vis: bool = False,
        vid_out_dir: str = '',
        out_type: OutType = 'video',
        draw_pred: bool = True,
        fps: float | None = None,
        short_side: int | None = None,
        action_score_thr: float = 0.5,
        print_result: bool = False,
        pred_out_file: str = '',
        csv_out_dir: str = '',
    ) -> dict[str, list]:
        """Detect.

        Args:
            inputs: a video, a list of videos, or a folder of them.
            batch_size: key frames per batch.
            return_datasamples: return :class:`VideoActions` instead of plain numbers.
            return_vis: return the frames with boxes and labels.
            vid_out_dir: folder to write them to, as ``<name of the input>.mp4``.
            out_type: ``'video'`` or ``'gif'``.
            draw_pred: draw boxes and labels.
            fps: of the written video; default: that of the video.
            short_side: of the drawn frames, pixels; default: that of the video.
            action_score_thr: smallest score of the actions to draw.
            print_result: print the predictions.
            pred_out_file: file to write the predictions to, ``.json`` or ``.pkl``.
            csv_out_dir: folder to write them to in AVA's format, as ``<name of the input>.csv``.

        Returns:
            ``predictions``: per video a dict as of :func:`to_dict`, with the tracks of its persons; ``visualization``:
            per video uint8 (T, H, W, 3) with ``return_vis``, else empty.
        """
        return self._infer(
            inputs,
            batch_size,
            return_datasamples=return_datasamples,
            return_vis=return_vis,
            vid_out_dir=vid_out_dir,
            out_type=out_type,
            draw_pred=draw_pred,
            fps=fps,
            short_side=short_side,
            action_score_thr=action_score_thr,
            print_result=print_result,
            pred_out_file=pred_out_file,
            csv_out_dir=csv_out_dir,
        )

    def predict(self, videos: Sequence[VideoInput], batch_size: int = 1) -> list[Any]:
        """The :class:`VideoActions` of videos, in their order."""
        found = []
        for video in videos:
            with open_video(video, naming=self.clips.naming) as reader:
                detector = self._detector(reader, input_name(video))
            found.append(
                detect_actions(
                    video,
                    self.model,
                    detector,
                    classes=self.names,
                    steps=self.steps,
                    person_score_thr=self.person_score_thr,
                    batch_size=batch_size,
                    progress=self.show_progress,
                )
            )
        return found

    def _detector(self, reader: FrameReader, name: str | None) -> PersonDetector:
        persons = self.persons
        if isinstance(persons, str | os.PathLike):
            persons = PersonSource(boxes=persons)
        if persons is None:
            persons = PersonSource()
        return persons.open(reader, name) if isinstance(persons, PersonSource) else persons

    def visualize(  # type: ignore[override]
        self,
        inputs: Sequence[VideoInput],
        preds: Sequence[VideoActions],
        return_vis: bool = False,
        vid_out_dir: str = '',
        out_type: OutType = 'video',
        draw_pred: bool = True,
        fps: float | None = None,
        short_side: int | None = None,
        action_score_thr: float = 0.5,
    ) -> list[np.ndarray]:
        """Draw predictions on their videos; the arguments are those of a call."""
        if not (return_vis or vid_out_dir):
            return []
        drawn = []
        for video, result, path in zip(inputs, preds, output_paths(inputs, vid_out_dir, out_type)):
            shown = result if draw_pred else replace(result, key_frames=())
            with open_video(video, naming=self.clips.naming) as reader:
                if vid_out_dir:
                    frames = draw_actions(reader, shown, action_score_thr, short_side=short_side)
                    with complete_or_absent(os.fspath(path)) as unfinished:
                        write_frames(unfinished, frames, fps or result.facts.fps)
                if return_vis:
                    drawn.append(np.stack([*draw_actions(reader, shown, action_score_thr, short_side=short_side)]))
        return drawn

    def postprocess(  # type: ignore[override]
        self,
        preds: Sequence[VideoActions],
        visualization: Sequence[np.ndarray] | None = None,
        return_datasample: bool = False,
        print_result: bool = False,
        pred_out_file: str = '',
        csv_out_dir: str = '',
    ) -> dict[str, list]:
        """Print and write predictions; the arguments are those of a call."""
        if csv_out_dir:
            for result in preds:
                write_ava_csv(Path(csv_out_dir, f'{result.facts.name}.csv'), result)
        return super().postprocess(preds, visualization, return_datasample, print_result, pred_out_file)

    def pred2dict(self, data_sample: Any) -> dict[str, Any]:
        """The tracks of the persons of a video, as of :func:`to_dict`."""
        return to_dict(data_sample)
