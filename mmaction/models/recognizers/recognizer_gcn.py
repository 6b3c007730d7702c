"""Recognizer of skeletons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from mmaction.models.recognizers.base import BaseRecognizer, Feats, Stage, check_inputs
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

_LAYOUT = ('batch', 'clips', 'persons', 'time', 'joints', 'values')


@MODELS.register_module()
class RecognizerGCN(BaseRecognizer):
    """Runs a graph network over all clips of the batch at once; the head averages the clips of a sample.

    Args:
        *args: of :class:`BaseRecognizer`, like the keywords.
        **kwargs: ``neck`` must be None.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.with_neck:
            raise ValueError(f'RecognizerGCN has no place for a neck, got {type(self.neck).__name__}. Leave it out.')

    def extract_feat(
        self,
        inputs: Tensor,
        stage: Stage = 'backbone',
        data_samples: Sequence[ActionDataSample] | None = None,
        test_mode: bool = False,
    ) -> tuple[Feats, dict[str, Any]]:
        """Features up to a stage.

        Args:
            inputs: (N, clips, M, T, V, C): persons, frames, joints and values of a joint.
            stage: last part to run: ``'backbone'`` (N * clips, M, C', T', V), ``'neck'``, of which there is none and
                which gives the same, or ``'head'`` (logits).
            data_samples: as for every recognizer; nothing here depends on them.
            test_mode: whether ``test_cfg`` applies.

        Returns:
            The output of the stage, and the arguments of the head: none.
        """
        check_inputs(inputs, stage, _LAYOUT)
        clips = inputs.flatten(0, 1)  # (N, clips, M, T, V, C) -> (N * clips, M, T, V, C)
        x = self._by_views(self.backbone, clips, test_mode)
        return (self._run_head(x, {}), {}) if stage == 'head' else (x, {})
