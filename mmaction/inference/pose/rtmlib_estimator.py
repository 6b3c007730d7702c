"""Poses by rtmlib: RTMPose as ONNX networks, without MMPose (https://github.com/Tau-J/rtmlib)."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from mmaction.inference.pose.estimator import FramePoses
from mmaction.utils import require

INSTALL = 'pip install rtmlib onnxruntime'


class RTMLibEstimator:
    """A detector of persons, then a pose network on each box; or one network for both (RTMO).

    Args:
        mode: size of the networks: ``'lightweight'``, ``'balanced'`` or ``'performance'``. They are downloaded on
            first use, and give the 17 keypoints of COCO.
        det_score_thr: minimum score of boxes, in [0, 1].
        device: ``'cpu'``, ``'cuda'``, ``'cuda:0'``, ... (``onnxruntime-gpu``).
        backend: ``'onnxruntime'``, ``'opencv'`` or ``'openvino'``.
        det: path or URL of another detector (``.onnx``).
        pose: path or URL of another pose network.
        model: an object of rtmlib, such as ``rtmlib.Wholebody()``, instead of all these.

    Raises:
        ImportError: rtmlib is not installed; the message names the command.
    """

    def __init__(
        self,
        mode: Literal['lightweight', 'balanced', 'performance'] = 'balanced',
        det_score_thr: float = 0.5,
        device: str = 'cpu',
        backend: str = 'onnxruntime',
        det: str | None = None,
        pose: str | None = None,
        *,
        model: Any = None,
    ) -> None:
        if not 0 <= det_score_thr <= 1:
            raise ValueError(f'det_score_thr ({det_score_thr}) must be in [0, 1].')
        if model is None:
            rtmlib = require('rtmlib', INSTALL)
            if mode not in rtmlib.Body.MODE:
                raise ValueError(f'mode ({mode!r}) must be one of {", ".join(sorted(rtmlib.Body.MODE))}.')
        self.model = model
        self.mode, self.det_score_thr, self.device, self.backend = mode, det_score_thr, device, backend
        self._sources = dict(det=det, pose=pose)
        self._networks: dict[str, Any] = {}
        self.num_keypoints = 17

    def __call__(self, frame: np.ndarray, index: int = 0) -> FramePoses:
        """Poses in a frame, uint8 (H, W, 3) in RGB."""
        if self.model is not None and (getattr(self.model, 'one_stage', False) or not hasattr(self.model, 'det_model')):
            keypoints, scores = self.model(_bgr(frame))
            return self._poses(keypoints, scores)
        boxes, box_scores = self.detect(frame)
        return self.pose(frame, boxes, box_scores)

    def detect(self, frame: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Boxes of persons, float32 (N, 4) xyxy in pixels, and their scores (N,)."""
        boxes, scores = _scored(self._network('det'), _bgr(frame), self.det_score_thr)
        kept = scores >= self.det_score_thr
        limit = np.tile(frame.shape[1::-1], 2)
        return np.clip(boxes[kept], 0, limit).astype(np.float32), scores[kept].astype(np.float32)

    def pose(self, frame: np.ndarray, boxes: np.ndarray, box_scores: np.ndarray | None = None) -> FramePoses:
        """Poses of the persons in these boxes (N, 4), xyxy."""
        if not len(boxes):  # rtmlib would treat the whole frame as a person
            return FramePoses.nobody(self.num_keypoints)
        keypoints, scores = self._network('pose')(_bgr(frame), bboxes=list(boxes))
        return self._poses(keypoints, scores, boxes, box_scores)

    def _network(self, part: Literal['det', 'pose']) -> Any:
        """The detector or the pose network, built on first use."""
        if self.model is not None:
            return getattr(self.model, f'{part}_model')
        if part not in self._networks:
            rtmlib = require('rtmlib', INSTALL)
            kind = rtmlib.YOLOX if part == 'det' else rtmlib.RTMPose
            published = rtmlib.Body.MODE[self.mode]
            source = self._sources[part] or published[part]
            try:
                network = kind(
                    source, model_input_size=published[f'{part}_input_size'], backend=self.backend, device=self.device
                )
            except OSError as error:
                raise OSError(
                    f'The network {source} cannot be loaded ({error}). Pass the path of an .onnx, or a file of poses.'
                ) from error
            _fit_input_size(network, transposed=part == 'pose')
            self._networks[part] = network
        return self._networks[part]

    def _poses(self, keypoints: Any, scores: Any, boxes: Any = None, box_scores: Any = None) -> FramePoses:
        keypoints, scores = np.asarray(keypoints), np.asarray(scores)
        self.num_keypoints = keypoints.shape[1]
        poses = FramePoses.of(keypoints, np.clip(scores, 0, 1), boxes, box_scores)
        seen = poses.scores.any(axis=1)  # RTMO reports a frame without persons as a person of zeros
        return FramePoses(poses.boxes[seen], poses.keypoints[seen], poses.scores[seen], poses.box_scores[seen])


def _bgr(frame: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(frame[..., ::-1])


def _scored(detector: Any, image: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Boxes and their scores. rtmlib returns the boxes alone, so YOLOX is run step by step."""
    if type(detector).__name__ == 'YOLOX':
        detector.score_thr = threshold
        small, ratio = detector.preprocess(image)
        outputs = np.array(detector.inference(small)[0])
        if outputs.shape[-1] == 5:  # the network ends with its own suppression: x, y, x, y, score
            return outputs[0, :, :4] / ratio, outputs[0, :, 4]
    boxes = np.asarray(detector(image), np.float32).reshape(-1, 4)
    return boxes, np.ones(len(boxes), np.float32)


def _fit_input_size(network: Any, transposed: bool) -> None:
    """Set a network's input size to that of its file: rtmlib would use the size of its own networks."""
    session = getattr(network, 'session', None)
    if session is None or not hasattr(session, 'get_inputs'):  # not onnxruntime
        return
    height, width = session.get_inputs()[0].shape[2:]
    if isinstance(height, int) and isinstance(width, int):
        network.model_input_size = (width, height) if transposed else (height, width)
