"""Recognizer of videos as sets of frames."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from mmaction.models.recognizers._clips import HeadKeywords, StagedRecognizer
from mmaction.models.recognizers._views import in_chunks
from mmaction.models.recognizers.base import BaseRecognizer, Feats, Stage
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

__all__ = ['Feats', 'Recognizer2D', 'Stage']


@MODELS.register_module()
class Recognizer2D(StagedRecognizer):
    """A 2D backbone over all frames of the batch at once; the head gathers the frames of a sample.

    Takes (N, S, C, H, W), S frames per sample, of all clips and crops; the backbone returns (N * S, C', H', W'). The
    head also gets ``num_segs``, the rows of the features per sample: S, or 1 after a neck.

    A view of ``max_testing_views`` is one clip if the backbone works across frames (it has ``num_segments``), and one
    frame otherwise.
    """

    layout = ('batch', 'crops * clips * frames', 'channels', 'height', 'width')
    # MMAction2 reads `num_segs`, the frames of a view, if the backbone does not tell.
    _TEST_KEYS = (*BaseRecognizer._TEST_KEYS, 'num_segs')

    def _run(
        self,
        inputs: Tensor,
        limit: int | None,
        with_neck: bool,
        data_samples: Sequence[ActionDataSample] | None,
        test_mode: bool,
    ) -> tuple[Feats, HeadKeywords]:
        num_segs = inputs.shape[1]
        if limit is not None:
            # The limit counts clips if the backbone mixes their frames: those of one clip must run together.
            limit *= self.num_segments or self.test_cfg.get('num_segs') or 1
        x = in_chunks(self.backbone, inputs.flatten(0, 1), limit)
        if not with_neck:
            return x, {'num_segs': num_segs}
        # (N * S, C', H', W') -> (N, C', S, H', W'): a neck sees time
        levels = [level.unflatten(0, (-1, num_segs)).transpose(1, 2).contiguous() for level in x]
        feats, loss_aux = self.neck(levels, data_samples=data_samples)
        # and reduces it to one step, so that the head has one row of features per sample
        return feats.squeeze(2), {'num_segs': 1, 'loss_aux': loss_aux}
