"""Person detectors of other packages: MMDetection, rtmlib."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Any

import numpy as np

from mmaction.inference.detect.persons import PersonBoxes
from mmaction.inference.pose.rtmlib_estimator import INSTALL, RTMLibEstimator

MMDET_SCORE_THR = 0.9
RTMLIB_SCORE_THR = 0.5  # its scores are lower than those of a Faster R-CNN


def is_installed(name: str) -> bool:
    """True if a package is installed; does not import it."""
    return find_spec(name) is not None


def device_of(device: str) -> str:
    """Name of a device for rtmlib; the CPU without CUDA."""
    import torch

    return device if torch.cuda.is_available() else 'cpu'


def onnx_file(checkpoint: str | None) -> str | None:
    """A checkpoint that rtmlib can read; None for those of other packages."""
    return checkpoint if checkpoint and checkpoint.endswith(('.onnx', '.zip')) else None


class RTMLibDetector:
    """The person detector of rtmlib, a :class:`PersonDetector`.

    Args:
        score_thr: minimum score of boxes.
        device: of the network.
        checkpoint: path or URL of another detector (``.onnx``); checkpoints of other packages are not used.

    Raises:
        ImportError: rtmlib is not installed; the message names the command.
    """

    def __init__(self, score_thr: float = RTMLIB_SCORE_THR, device: str = 'cpu', checkpoint: str | None = None) -> None:
        self._estimator = RTMLibEstimator(device=device_of(device), det_score_thr=score_thr, det=onnx_file(checkpoint))

    def __call__(self, frame: np.ndarray, index: int = 0) -> PersonBoxes:
        """Boxes of the persons in a frame, uint8 (H, W, 3) in RGB."""
        return PersonBoxes.of(*self._estimator.detect(frame))


class MMDetDetector:
    """A detector of MMDetection, a :class:`PersonDetector`.

    Args:
        config: path of a config, or the config.
        checkpoint: its weights.
        score_thr: minimum score of boxes.
        category: index of persons among its classes.
        device: of the network.
    """

    def __init__(
        self,
        config: Any,
        checkpoint: str | None,
        score_thr: float = MMDET_SCORE_THR,
        category: int = 0,
        device: str = 'cuda:0',
    ) -> None:
        from mmdet.apis import init_detector

        self._model = init_detector(config=config, checkpoint=checkpoint, device=device)
        self._score_thr = score_thr
        self._category = category

    def sample(self, image: str | os.PathLike | np.ndarray) -> Any:
        """The data sample of MMDetection for a path, or for a frame in BGR."""
        from mmdet.apis import inference_detector

        return inference_detector(self._model, image if isinstance(image, np.ndarray) else os.fspath(image))

    def persons(self, sample: Any) -> PersonBoxes:
        """The persons of a data sample."""
        found = sample.pred_instances.cpu().numpy()
        kept = (found.labels == self._category) & (found.scores > self._score_thr)
        return PersonBoxes.of(found.bboxes[kept], found.scores[kept])

    def __call__(self, frame: np.ndarray, index: int = 0) -> PersonBoxes:
        """Boxes of the persons in a frame, uint8 (H, W, 3) in RGB."""
        return self.persons(self.sample(np.ascontiguousarray(frame[..., ::-1])))


__all__ = ['INSTALL', 'MMDetDetector', 'RTMLibDetector', 'device_of', 'is_installed', 'onnx_file']
