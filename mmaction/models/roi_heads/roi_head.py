"""Head of action detectors: the actions of the persons in given boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.structures import InstanceData
from torch import Tensor

from mmaction.models.base import Samples
from mmaction.models.roi_heads.standard_roi_head import StandardRoIHead, bbox2roi
from mmaction.models.task_modules import SamplingResult
from mmaction.registry import MODELS

Feats = Tensor | Sequence[Tensor]
Metas = Sequence[Mapping[str, Any]]


@MODELS.register_module()
class AVARoIHead(StandardRoIHead):
    """Scores of the actions in each box of a clip; the boxes are given and stay as they are.

    The arguments are those of :class:`StandardRoIHead`.
    """

    def forward(self, x: Feats, rpn_results_list: Sequence[InstanceData], data_samples: Samples) -> Tensor:
        """Logits (R, num_classes) of the proposals of all samples."""
        rois = bbox2roi([proposals.bboxes for proposals in rpn_results_list])
        return self._bbox_forward(x, rois, [sample.metainfo for sample in data_samples])['cls_score']

    def loss(
        self, x: Feats, rpn_results_list: Sequence[InstanceData], data_samples: Samples, **kwargs: Any
    ) -> dict[str, Tensor]:
        """Losses and accuracies of a batch.

        Args:
            x: map (N, C, T, H, W) of the backbone, or one per pathway.
            rpn_results_list: proposals of each sample, with ``bboxes`` (P, 4) in pixels of the input.
            data_samples: the samples, with ``gt_instances``.
            **kwargs: ignored.
        """
        sampling_results = self.sample_boxes(rpn_results_list, data_samples)
        result = self.bbox_loss(x, sampling_results, [sample.metainfo for sample in data_samples])
        losses: dict[str, Tensor] = result['loss_bbox']
        return losses

    def _bbox_forward(self, x: Feats, rois: Tensor, batch_img_metas: Metas, **kwargs: Any) -> dict[str, Any]:
        """Logits ``cls_score`` (R, num_classes) and features ``bbox_feats`` of the boxes rois (R, 5)."""
        bbox_feats, global_feat = self.bbox_roi_extractor(x, rois)
        if self.with_shared_head:
            bbox_feats = self.shared_head(bbox_feats, feat=global_feat, rois=rois, img_metas=batch_img_metas)
        return dict(cls_score=self.bbox_head(bbox_feats), bbox_feats=bbox_feats)

    def bbox_loss(
        self, x: Feats, sampling_results: Sequence[SamplingResult], batch_img_metas: Metas, **kwargs: Any
    ) -> dict[str, Any]:
        """Losses of the sampled boxes: what :meth:`_bbox_forward` returns, and ``loss_bbox``, a dict of losses."""
        rois = bbox2roi([result.priors for result in sampling_results])
        bbox_results = self._bbox_forward(x, rois, batch_img_metas)
        loss = self.bbox_head.loss_and_target(
            cls_score=bbox_results['cls_score'],
            rois=rois,
            sampling_results=sampling_results,
            rcnn_train_cfg={'pos_weight': -1, **self.train_cfg},
        )
        return {**bbox_results, 'loss_bbox': loss['loss_bbox']}

    def predict(
        self, x: Feats, rpn_results_list: Sequence[InstanceData], data_samples: Samples, **kwargs: Any
    ) -> list[InstanceData]:
        """Scores of the proposals of each sample.

        Args:
            x: map (N, C, T, H, W) of the backbone, or one per pathway.
            rpn_results_list: proposals of each sample, with ``bboxes`` (P, 4) in pixels of the input.
            data_samples: the samples.
            **kwargs: ignored.

        Returns:
            ``bboxes`` (P, 4), xyxy relative to the frame, and ``scores`` (P, num_classes) of each sample.
        """
        metas = [sample.metainfo for sample in data_samples]
        return self.predict_bbox(x, metas, rpn_results_list, self.test_cfg)

    def predict_bbox(
        self,
        x: Feats,
        batch_img_metas: Metas,
        rpn_results_list: Sequence[InstanceData],
        rcnn_test_cfg: Mapping[str, Any] | None = None,
    ) -> list[InstanceData]:
        """Scores of the proposals of each sample; see :meth:`predict`."""
        counts = [len(proposals.bboxes) for proposals in rpn_results_list]
        rois = bbox2roi([proposals.bboxes for proposals in rpn_results_list])
        cls_score = self._bbox_forward(x, rois, batch_img_metas)['cls_score']
        results: list[InstanceData] = self.bbox_head.predict_by_feat(
            rois=rois.split(counts),
            cls_scores=cls_score.split(counts),
            batch_img_metas=batch_img_metas,
            rcnn_test_cfg=rcnn_test_cfg,
        )
        return results
