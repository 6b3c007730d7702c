"""Base of the heads that classify boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.config import ConfigDict
from mmengine.model import BaseModule
from mmengine.structures import InstanceData
from torch import Tensor, nn

from mmaction.models.base import Samples, build
from mmaction.models.task_modules import SamplingResult
from mmaction.registry import MODELS, TASK_UTILS
from mmaction.utils.check import known_keys


def bbox2roi(bbox_list: Sequence[Tensor]) -> Tensor:
    """Join the boxes of the samples of a batch: N of (R_i, 4) -> (R, 5), the index of the sample in front."""
    rois = [torch.nn.functional.pad(boxes[:, :4], (1, 0), value=index) for index, boxes in enumerate(bbox_list)]
    return torch.cat(rois)


def _unknown_mask(**parts: Any) -> None:
    for name, value in parts.items():
        if value is not None:
            raise ValueError(f'{name} ({value!r}) must be None: there are no masks in action detection.')


@MODELS.register_module()
class StandardRoIHead(BaseModule):
    """Extractor of box features, an optional shared head, and a classification head.

    A subclass defines :meth:`loss` and :meth:`predict`.

    Args:
        bbox_roi_extractor: config of the extractor, or the module.
        bbox_head: config of the classification head, or the module.
        mask_roi_extractor: must be None, like ``mask_head``.
        mask_head: see there.
        shared_head: config of the head between the two, or the module.
        train_cfg: ``assigner`` and ``sampler`` of the boxes, and ``pos_weight``, the weight of positive ones.
        test_cfg: not used by the heads of this package.
        init_cfg: config of the initialization.

    Raises:
        ValueError: ``train_cfg`` has an unknown key, or there is a head for masks.
    """

    def __init__(
        self,
        bbox_roi_extractor: dict | nn.Module | None = None,
        bbox_head: dict | nn.Module | None = None,
        mask_roi_extractor: dict | None = None,
        mask_head: dict | None = None,
        shared_head: dict | nn.Module | None = None,
        train_cfg: dict | None = None,
        test_cfg: dict | None = None,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        _unknown_mask(mask_roi_extractor=mask_roi_extractor, mask_head=mask_head)
        is_ours = type(self).__module__.startswith('mmaction.')  # the keys of a user's subclass are known only to it
        keys = ('assigner', 'sampler', 'pos_weight', 'debug')
        self.train_cfg = ConfigDict(known_keys('train_cfg.rcnn', train_cfg, keys) if is_ours else train_cfg or {})
        self.test_cfg = test_cfg
        if bbox_roi_extractor is not None:
            self.bbox_roi_extractor = build(bbox_roi_extractor)
        if bbox_head is not None:
            self.bbox_head = build(bbox_head)
        if shared_head is not None:
            self.shared_head = build(shared_head)
        self.bbox_assigner = self._build_task('assigner')
        self.bbox_sampler = self._build_task('sampler')

    def _build_task(self, key: str) -> Any:
        cfg = self.train_cfg.get(key)
        return TASK_UTILS.build(cfg) if isinstance(cfg, Mapping) else cfg

    @property
    def with_bbox(self) -> bool:
        """True if there is a classification head."""
        return getattr(self, 'bbox_head', None) is not None

    @property
    def with_shared_head(self) -> bool:
        """True if there is a shared head."""
        return getattr(self, 'shared_head', None) is not None

    def sample_boxes(self, rpn_results_list: Sequence[InstanceData], data_samples: Samples) -> list[SamplingResult]:
        """Assign the proposals of each sample to its ground truth, and draw those that are trained on.

        Args:
            rpn_results_list: proposals of each sample, with ``bboxes`` (P, 4) in pixels of the input.
            data_samples: the samples, with ``gt_instances``.

        Raises:
            ValueError: ``train_cfg`` has no assigner or sampler, or a sample no ground truth.
        """
        if self.bbox_assigner is None or self.bbox_sampler is None:
            raise ValueError('Training needs an assigner and a sampler in train_cfg.rcnn of the model.')
        results = []
        for proposals, sample in zip(rpn_results_list, data_samples):
            if 'gt_instances' not in sample:
                raise ValueError(
                    f'Sample {sample.get("img_key", "")!r} has no gt_instances; the data set must give gt_bboxes and '
                    'gt_labels to train on.'
                )
            # A new object: the proposals belong to the sample.
            priors = InstanceData(priors=proposals.bboxes)
            assigned = self.bbox_assigner.assign(priors, sample.gt_instances)
            results.append(self.bbox_sampler.sample(assigned, priors, sample.gt_instances))
        return results

    def loss(
        self, x: Any, rpn_results_list: Sequence[InstanceData], data_samples: Samples, **kwargs: Any
    ) -> dict[str, Tensor]:
        """Losses of a batch."""
        raise NotImplementedError

    def predict(
        self, x: Any, rpn_results_list: Sequence[InstanceData], data_samples: Samples, **kwargs: Any
    ) -> list[InstanceData]:
        """Predictions for the proposals of each sample."""
        raise NotImplementedError
