"""Bases of the localizers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.model import BaseModel
from torch import Tensor

from mmaction.models.localizers._inputs import Mode, Samples, bad_mode
from mmaction.models.localizers.utils import post_processing
from mmaction.structures import ActionDataSample

Inputs = Tensor | Sequence[Tensor]


class Localizer(BaseModel):
    """From features of videos to what is done in them, and when.

    A subclass defines :meth:`_forward`, :meth:`loss` and :meth:`predict`, which take what :meth:`_checked_inputs`
    gives, and says what its inputs and data samples are.
    """

    def forward(self, inputs: Inputs, data_samples: Samples | None = None, mode: Mode = 'tensor') -> Any:
        """Run the model.

        Args:
            inputs: features of the videos of a batch.
            data_samples: one a video, for 'predict' and 'loss'.
            mode: 'tensor' for the outputs of the network, 'predict' for what is found, 'loss' for a dict of losses.
        """
        inputs = self._checked_inputs(inputs, data_samples, mode)
        if mode == 'tensor':
            return self._forward(inputs)
        if mode == 'predict':
            return self.predict(inputs, data_samples)
        if mode == 'loss':
            return self.loss(inputs, data_samples)
        raise bad_mode(mode)

    def _checked_inputs(self, inputs: Inputs, data_samples: Samples | None, mode: Mode) -> Inputs:
        """The inputs as the network takes them; raises ValueError where it cannot."""
        return inputs

    @abstractmethod
    def _forward(self, x: Inputs) -> Any:
        """Outputs of the network."""

    @abstractmethod
    def loss(self, batch_inputs: Inputs, batch_data_samples: Samples) -> dict[str, Tensor]:
        """The losses of a batch."""

    @abstractmethod
    def predict(self, batch_inputs: Inputs, batch_data_samples: Samples) -> list[Any]:
        """What is found, an entry a video."""


class ProposalLocalizer(Localizer):
    """A localizer that rates proposals, of which soft-NMS leaves the best.

    Args:
        soft_nms_alpha: see :func:`~mmaction.models.localizers.utils.soft_nms`.
        soft_nms_low_threshold: see there.
        soft_nms_high_threshold: see there.
        post_process_top_k: proposals of a video at most.
        feature_extraction_interval: frames that a feature stands for.
        init_cfg: config of the initialisation.
    """

    def __init__(
        self,
        soft_nms_alpha: float,
        soft_nms_low_threshold: float,
        soft_nms_high_threshold: float,
        post_process_top_k: int,
        feature_extraction_interval: int,
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
