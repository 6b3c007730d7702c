"""Recognizer of videos as sets of frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from mmaction.models.options import ViewLimit
from mmaction.models.recognizers._views import in_chunks
from mmaction.models.recognizers.base import BaseRecognizer, Feats, Stage, check_inputs
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

_LAYOUT = ('batch', 'crops * clips * frames', 'channels', 'height', 'width')


@MODELS.register_module()
class Recognizer2D(BaseRecognizer):
    """Runs a 2D backbone over all frames of the batch at once; the head gathers the frames of a sample.

    A view of ``max_testing_views`` is one clip where the backbone works across frames (it has ``num_segments``), and
    one frame where it does not.
    """

    @property
    def views_are_frames(self) -> bool:
        """Whether a view is one frame, which the backbone looks at on its own."""
        return not self.num_segments

    def extract_feat(
        self,
        inputs: Tensor,
        stage: Stage = 'backbone',
        data_samples: Sequence[ActionDataSample] | None = None,
        test_mode: bool = False,
        views_at_once: ViewLimit = 'default',
    ) -> tuple[Feats, dict[str, Any]]:
        """Features up to a stage.

        Args:
            inputs: (N, S, C, H, W), S frames a sample, of all clips and crops.
            stage: last part to run: ``'backbone'`` (N * S, C', H', W'), ``'neck'`` or ``'head'`` (logits).
            data_samples: labels, for a neck with a loss of its own.
            test_mode: whether ``test_cfg`` applies.
            views_at_once: upper limit of the views in one pass through the backbone; see :class:`PredictOptions`.

        Returns:
            The output of the stage, and the arguments of the head: ``num_segs``, the frames a sample; ``fcn_test``;
            with a neck also ``loss_aux``, its losses.
        """
        check_inputs(inputs, stage, _LAYOUT)
        num_segs = inputs.shape[1]
        kwargs = {'num_segs': num_segs, **self._head_kwargs(test_mode)}
        limit = self._view_limit(test_mode, views_at_once)
        if limit is not None:
            limit *= self.num_segments or 1  # a clip must not be cut where the backbone mixes its frames
        x = in_chunks(self.backbone, inputs.flatten(0, 1), limit)  # (N * S, C', H', W')
        if stage == 'backbone':
            return x, kwargs

        if self.with_neck:
            x = [level.unflatten(0, (-1, num_segs)).transpose(1, 2).contiguous() for level in x]  # (N, C', S, H', W')
            x, loss_aux = self.neck(x, data_samples=data_samples)
            x = x.squeeze(2)  # the neck reduces time to one
            kwargs.update(num_segs=1, loss_aux=loss_aux)
        return (self._run_head(x, kwargs), kwargs) if stage == 'head' else (x, kwargs)
