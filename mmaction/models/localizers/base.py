"""Bases of the localizers."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Protocol, runtime_checkable

import numpy as np
from torch import Tensor

from mmaction.models.base import Mode, Model, Samples
from mmaction.models.common.feature_inputs import Inputs, stack_features
from mmaction.models.localizers.feature_spec import FeatureSpec, TakesFeatures
from mmaction.models.localizers.utils import post_processing
from mmaction.structures import ActionDataSample

__all__ = ['Inputs', 'Localizer', 'Mode', 'PredictsFromOutputs', 'ProposalLocalizer', 'Samples']


class Localizer(TakesFeatures, Model):
    """Base of the networks that find actions and their times from the features of untrimmed videos.

    A subclass defines :meth:`_forward`, :meth:`loss` and :meth:`predict`, which take what :meth:`_checked_inputs`
    returns, and describes its inputs and data samples.
    """

    def tensor(self, inputs: Any, data_samples: Samples | None = None) -> Any:
        """Outputs of the network."""
        return self._forward(inputs)

    @abstractmethod
    def _forward(self, x: Any) -> Any:
        """Outputs of the network."""

    @abstractmethod
    def loss(self, batch_inputs: Any, batch_data_samples: Samples) -> dict[str, Tensor]:
        """The losses of a batch."""

    @abstractmethod
    def predict(self, batch_inputs: Any, batch_data_samples: Samples) -> list[Any]:
        """Detections, one entry per video."""


@runtime_checkable
class PredictsFromOutputs(Protocol):
    """A localizer whose predictions follow from the outputs of its network alone, wherever that ran."""

    def predict_from(self, outputs: Any, data_samples: Samples) -> list[Any]:
        """Detections, one entry per video, from what :meth:`Localizer.tensor` returns."""


class FixedLength(Localizer):
    """Base of the localizers of features (N, C, T), or N of (C, T), whose C and T are fixed.

    A subclass sets ``feat_dim``, C, and ``temporal_dim``, T.
    """

    feat_dim: int
    temporal_dim: int

    @property
    def feature_spec(self) -> FeatureSpec:
        return FeatureSpec(channels=self.feat_dim, num_steps=self.temporal_dim)

    def _checked_inputs(self, inputs: Inputs, data_samples: Samples | None, mode: Mode) -> Tensor:
        return stack_features(inputs, data_samples, (self.feat_dim, self.temporal_dim))


class ProposalLocalizer(Localizer):
    """Base of the localizers that score proposals and keep the best after soft-NMS.

    Args:
        soft_nms_alpha: see :func:`~mmaction.models.localizers.utils.soft_nms`.
        soft_nms_low_threshold: see there.
        soft_nms_high_threshold: see there.
        post_process_top_k: maximum number of proposals per video.
        feature_extraction_interval: frames per feature.
        init_cfg: config of the initialization.
    """

    def __init__(
        self,
        soft_nms_alpha: float,
        soft_nms_low_threshold: float,
        soft_nms_high_threshold: float,
        post_process_top_k: int,
        feature_extraction_interval: int = 16,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.soft_nms_alpha = soft_nms_alpha
        self.soft_nms_low_threshold = soft_nms_low_threshold
        self.soft_nms_high_threshold = soft_nms_high_threshold
        self.post_process_top_k = post_process_top_k
        self.feature_extraction_interval = feature_extraction_interval

    def _best_proposals(self, table: np.ndarray, sample: ActionDataSample) -> dict[str, Any]:
        """``video_name`` and ``proposal_list`` of a video from the table of its proposals (see ``post_processing``)."""
        proposals = post_processing(
            table,
            sample.metainfo,
            self.soft_nms_alpha,
            self.soft_nms_low_threshold,
            self.soft_nms_high_threshold,
            self.post_process_top_k,
            self.feature_extraction_interval,
        )
        return dict(video_name=sample.metainfo['video_name'], proposal_list=proposals)
