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
    """A 2D backbone over all frames of the batch at once; the head gathers the frames of a sample.

    A view of ``max_testing_views`` is one clip if the backbone works across frames (it has ``num_segments``), and one
    frame otherwise.
    """

    # MMAction2 reads `num_segs`, the frames of a view, if the backbone does not tell.
    _TEST_KEYS = (*BaseRecognizer._TEST_KEYS, 'num_segs')

    @property
    def views_are_frames(self) -> bool:
        """Whether a view is one frame, which the backbone processes on its own."""
        return not self.num_segments

    def extract_feat(
        self,
        inputs: Tensor,
        stage: Stage = 'neck',
        data_samples: Sequence[ActionDataSample] | None = None,
        test_mode: bool = False,
        views_at_once: ViewLimit = 'default',
    ) -> tuple[Feats, dict[str, Any]]:
        """Features up to a stage, see :meth:`BaseRecognizer.extract_feat`.

        ``inputs`` is (N, S, C, H, W), S frames per sample, of all clips and crops; the backbone returns
        (N * S, C', H', W'). The head also gets ``num_segs``, the rows of the features per sample: S, or 1 after a neck.
        """
        check_inputs(inputs, stage, _LAYOUT)
        num_segs = inputs.shape[1]
        head_kwargs = {'num_segs': num_segs, **self._head_kwargs(test_mode)}
        limit = self._view_limit(test_mode, views_at_once)
        if limit is not None:
            # The limit counts clips if the backbone mixes their frames: those of one clip must run together.
            limit *= self.num_segments or self.test_cfg.get('num_segs') or 1
        x = in_chunks(self.backbone, inputs.flatten(0, 1), limit)
        if stage != 'backbone' and self.with_neck:
            # (N * S, C', H', W') -> (N, C', S, H', W'): a neck sees time
            levels = [level.unflatten(0, (-1, num_segs)).transpose(1, 2).contiguous() for level in x]
            feats, head_kwargs['loss_aux'] = self.neck(levels, data_samples=data_samples)
            x = feats.squeeze(2)  # and reduces it to one step
            head_kwargs['num_segs'] = 1
        return self._finish(x, stage, head_kwargs)
