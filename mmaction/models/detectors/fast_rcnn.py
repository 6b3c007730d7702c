"""Action detector with given boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.structures import InstanceData
from torch import Tensor, nn

from mmaction.models.backbones.third_party import build_third_party
from mmaction.models.base import Mode, Model, Samples, build
from mmaction.registry import MODELS
from mmaction.utils.check import known_keys

Feats = Tensor | Sequence[Tensor]


@MODELS.register_module()
class FastRCNN(Model):
    """A backbone, an optional neck, and a head that classifies the proposals of each sample.

    Source: Girshick, `Fast R-CNN <https://arxiv.org/abs/1504.08083>`_, ICCV 2015; Gu et al., `AVA
    <https://arxiv.org/abs/1705.08421>`_, CVPR 2018.

    Args:
        backbone: config of the backbone, or the module.
        roi_head: config of the head, or the module.
        train_cfg: ``rcnn``, the ``train_cfg`` of the head.
        test_cfg: ``rcnn``, the ``test_cfg`` of the head.
        data_preprocessor: config of the data preprocessor. Default: ``ActionDataPreprocessor`` for ``'NCTHW'``.
        neck: config of the neck, or the module.
        init_cfg: config of the initialization.

    Raises:
        ValueError: ``train_cfg`` or ``test_cfg`` has an unknown key.
    """

    def __init__(
        self,
        backbone: dict | nn.Module,
        roi_head: dict | nn.Module,
        train_cfg: dict | None = None,
        test_cfg: dict | None = None,
        data_preprocessor: dict | nn.Module | None = None,
        neck: dict | nn.Module | None = None,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        if data_preprocessor is None:
            data_preprocessor = dict(type='ActionDataPreprocessor', format_shape='NCTHW')
        super().__init__(data_preprocessor=build(data_preprocessor), init_cfg=init_cfg)
        is_ours = type(self).__module__.startswith('mmaction.')  # the keys of a user's subclass are known only to it
        self.train_cfg = known_keys('train_cfg', train_cfg, ('rcnn',)) if is_ours else dict(train_cfg or {})
        self.test_cfg = known_keys('test_cfg', test_cfg, ('rcnn',)) if is_ours else dict(test_cfg or {})
        foreign = None if isinstance(backbone, nn.Module) else build_third_party(backbone)
        self.backbone = build(backbone) if foreign is None else foreign
        if neck is not None:
            self.neck = build(neck)
        if isinstance(roi_head, Mapping):
            roi_head = {
                **roi_head,
                'train_cfg': self.train_cfg.get('rcnn'),
                'test_cfg': self.test_cfg.get('rcnn'),
            }
        self.roi_head = build(roi_head)
        # Applies frozen_stages, before an optimizer or DistributedDataParallel asks which parameters need gradients.
        self.backbone.train(self.backbone.training)

    @property
    def with_neck(self) -> bool:
        """True if there is a neck."""
        return getattr(self, 'neck', None) is not None

    def _checked_inputs(self, inputs: Tensor, data_samples: Samples | None, mode: Mode) -> Tensor:
        if inputs.ndim != 5:
            raise ValueError(
                f'inputs must have 5 dimensions (N, C, T, H, W), got shape {tuple(inputs.shape)}. One clip per sample: '
                "set collapse=True in FormatShape(input_format='NCTHW')."
            )
        return inputs

    def extract_feat(self, batch_inputs: Tensor) -> Feats:
        """Maps (N, C, T, H, W) of the backbone and the neck, one per pathway."""
        feats: Feats = self.backbone(batch_inputs)
        return self.neck(feats) if self.with_neck else feats

    @staticmethod
    def _proposals(data_samples: Samples | None) -> list[InstanceData]:
        """Proposals of each sample.

        Raises:
            ValueError: a sample has none.
        """
        found = []
        for index, sample in enumerate(data_samples or ()):
            if 'proposals' not in sample:
                raise ValueError(
                    f'Sample {sample.get("img_key", index)!r} has no proposals, the boxes to classify. Give the data '
                    'set a proposal_file, and keep proposals in collect_keys of PackActionInputs.'
                )
            found.append(sample.proposals)
        return found

    def tensor(self, inputs: Tensor, data_samples: Samples | None = None) -> Any:
        """Logits (R, num_classes) of all proposals; the maps of :meth:`extract_feat` without samples."""
        feats = self.extract_feat(inputs)
        if not data_samples:
            return feats
        return self.roi_head(feats, self._proposals(data_samples), data_samples)

    def loss(self, inputs: Tensor, data_samples: Samples | None = None) -> dict[str, Tensor]:
        """Losses and accuracies of a batch.

        Args:
            inputs: (N, C, T, H, W).
            data_samples: N samples with ``proposals.bboxes`` and ``gt_instances``, ``bboxes`` (G, 4) in pixels of the
                input and ``labels`` (G, num_classes).
        """
        if not data_samples:
            raise ValueError("mode='loss' needs the boxes and labels in data_samples, got none.")
        proposals = self._proposals(data_samples)
        losses: dict[str, Tensor] = self.roi_head.loss(self.extract_feat(inputs), proposals, data_samples)
        return losses

    def predict(self, inputs: Tensor, data_samples: Samples | None = None) -> Samples:
        """Classify the proposals of a batch.

        Args:
            inputs: (N, C, T, H, W).
            data_samples: N samples with ``proposals.bboxes`` (P, 4) in pixels of the input.

        Returns:
            The samples, with ``pred_instances``: ``bboxes`` (P, 4), xyxy relative to the original frame, and
            ``scores`` (P, num_classes).
        """
        if not data_samples:
            raise ValueError("mode='predict' needs the proposals in data_samples, got none.")
        proposals = self._proposals(data_samples)
        results = self.roi_head.predict(self.extract_feat(inputs), proposals, data_samples)
        for sample, result in zip(data_samples, results):
            sample.pred_instances = result
        return data_samples
