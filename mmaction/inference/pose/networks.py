"""Person detection and pose estimation in frames: by MMDetection and MMPose if installed, else by rtmlib."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from mmengine.structures import InstanceData

from mmaction.inference.detect.networks import (
    INSTALL,
    MMDetDetector,
    RTMLibDetector,
    device_of,
    is_installed,
    onnx_file,
)
from mmaction.inference.detect.persons import PersonBoxes
from mmaction.inference.pose.estimator import FramePoses
from mmaction.inference.pose.rtmlib_estimator import RTMLibEstimator
from mmaction.structures import ActionDataSample
from mmaction.video import FrameReader

FrameInput = str | os.PathLike | np.ndarray


class BGRFrames:
    """The frames of a video, uint8 (H, W, 3) in BGR, decoded each time they are iterated over, a few at a time.

    Args:
        reader: of the video.
    """

    def __init__(self, reader: FrameReader) -> None:
        self._reader = reader

    def __len__(self) -> int:
        """Number of frames."""
        return len(self._reader)

    def __iter__(self) -> Iterator[np.ndarray]:
        """All frames, in order."""
        for frame in self._reader.iter_frames():
            yield np.ascontiguousarray(frame[..., ::-1])


def detection_inference(
    det_config: Any,
    det_checkpoint: str | None,
    frame_paths: Iterable[FrameInput],
    det_score_thr: float = 0.9,
    det_cat_id: int = 0,
    device: str = 'cuda:0',
    with_score: bool = False,
) -> tuple[list[np.ndarray], list[Any]]:
    """Detect the persons in each frame.

    With MMDetection installed, its detector of ``det_config`` is used; else rtmlib's person detector.

    Args:
        det_config: path of a config of MMDetection, or the config. rtmlib does not use it.
        det_checkpoint: its weights; for rtmlib the path or URL of an ``.onnx``, else its own network is used.
        frame_paths: paths of images, or frames as uint8 (H, W, 3) in BGR, as OpenCV reads them.
        det_score_thr: minimum score of boxes. Those of rtmlib are lower than those of a Faster R-CNN: 0.5 suits.
        det_cat_id: class index in the detector; rtmlib detects persons only, 0.
        device: of the network.
        with_score: append the score to the boxes, as a fifth column.

    Returns:
        For each frame the boxes, float32 (N, 4), xyxy in pixels, or (N, 5); and the data samples of the detector,
        which have ``pred_instances``.

    Raises:
        ImportError: neither MMDetection nor rtmlib is installed; the message names the command.
    """
    results, samples = [], []
    if is_installed('mmdet'):
        detector = MMDetDetector(det_config, det_checkpoint, det_score_thr, det_cat_id, device)
        for frame in frame_paths:
            samples.append(detector.sample(frame))
            results.append(_columns(detector.persons(samples[-1]), with_score))
        return results, samples
    if det_cat_id != 0:
        raise ValueError(f'det_cat_id ({det_cat_id}) must be 0 (persons) without MMDetection, which is not installed.')
    _check_rtmlib('detection_inference', 'mmdet')
    network = RTMLibDetector(det_score_thr, device, det_checkpoint)
    for frame in frame_paths:
        found = network(_read(frame)[..., ::-1])
        labels = np.zeros(len(found), np.int64)
        samples.append(_sample(InstanceData(bboxes=found.boxes, scores=found.scores, labels=labels)))
        results.append(_columns(found, with_score))
    return results, samples


def _columns(persons: PersonBoxes, with_score: bool) -> np.ndarray:
    """Boxes (N, 4), or (N, 5) with the score."""
    if not with_score:
        return persons.boxes
    return np.concatenate([persons.boxes, persons.scores[:, None]], axis=1)


def pose_inference(
    pose_config: Any,
    pose_checkpoint: str | None,
    frame_paths: Iterable[FrameInput],
    det_results: Sequence[np.ndarray],
    device: str = 'cuda:0',
) -> tuple[list[dict[str, np.ndarray]], list[Any]]:
    """Estimate the poses of the persons in each frame.

    With MMPose installed, its network of ``pose_config`` is used; else that of rtmlib, with the 17 keypoints of COCO.

    Args:
        pose_config: path of a top-down config of MMPose, or the config. rtmlib does not use it.
        pose_checkpoint: its weights; for rtmlib the path or URL of an ``.onnx``, else its own network is used.
        frame_paths: as of :func:`detection_inference`.
        det_results: boxes of each frame, (N, 4 or 5), xyxy in pixels.
        device: of the network.

    Returns:
        For each frame a dict with ``keypoints`` (N, V, 2), ``keypoint_scores`` (N, V), ``bboxes`` (N, 4) and
        ``bbox_scores`` (N,), where N may be 0; and the data samples, which have ``pred_instances``.

    Raises:
        ImportError: neither MMPose nor rtmlib is installed; the message names the command.
        ValueError: there are not as many detections as frames.
    """
    frames = frame_paths if isinstance(frame_paths, BGRFrames) else list(frame_paths)
    if len(frames) != len(det_results):
        raise ValueError(f'There are {len(frames)} frames, but det_results are of {len(det_results)}.')
    if is_installed('mmpose'):
        return _pose_with_mmpose(pose_config, pose_checkpoint, frames, det_results, device)
    _check_rtmlib('pose_inference', 'mmpose')
    estimator = RTMLibEstimator(device=device_of(device), pose=onnx_file(pose_checkpoint))
    results, samples = [], []
    for frame, boxes in zip(frames, det_results):
        boxes = np.asarray(boxes, np.float32) if len(boxes) else np.zeros((0, 4), np.float32)
        poses = estimator.pose(_read(frame)[..., ::-1], boxes[:, :4], boxes[:, 4] if boxes.shape[1] > 4 else None)
        results.append(poses.to_dict())
        samples.append(_sample(InstanceData(**poses.to_dict())))
    return results, samples


# --- which library --------------------------------------------------------------------------------------------------
def _check_rtmlib(caller: str, other: str) -> None:
    if not is_installed('rtmlib'):
        raise ImportError(
            f'{caller} needs a network: install rtmlib ({INSTALL}) or {other} (see its documentation). Poses that '
            'were estimated before need neither: load_poses reads them.'
        )


def _read(frame: FrameInput) -> np.ndarray:
    """A frame in BGR."""
    if isinstance(frame, np.ndarray):
        return frame
    import cv2

    image = cv2.imread(os.fspath(frame))
    if image is None:
        raise FileNotFoundError(f'There is no readable image at {os.fspath(frame)}.')
    return image


def _sample(instances: InstanceData) -> ActionDataSample:
    sample = ActionDataSample()
    sample.pred_instances = instances
    return sample


def _pose_with_mmpose(
    config: Any, checkpoint: Any, frames: Iterable[FrameInput], boxes: Sequence[np.ndarray], device: str
) -> tuple[list[dict[str, np.ndarray]], list[Any]]:
    from mmpose.apis import inference_topdown, init_model
    from mmpose.structures import merge_data_samples

    model = init_model(config, checkpoint, device)
    results, samples = [], []
    for frame, rects in zip(frames, boxes):
        image = frame if isinstance(frame, np.ndarray) else os.fspath(frame)
        if len(rects):
            sample = merge_data_samples(inference_topdown(model, image, np.asarray(rects)[:, :4], bbox_format='xyxy'))
            results.append(sample.pred_instances.to_dict())
        else:  # MMPose would treat the whole frame as a person
            nobody = FramePoses.nobody(model.dataset_meta['num_keypoints'])
            sample = _sample(InstanceData(**nobody.to_dict()))
            results.append(nobody.to_dict())
        samples.append(sample)
    return results, samples
