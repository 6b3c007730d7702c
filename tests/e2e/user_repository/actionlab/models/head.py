from typing import Dict, Tuple

import torch
from mmengine.model.weight_init import normal_init
from torch import Tensor, nn

from mmaction.evaluation import top_k_accuracy
from mmaction.models.heads import I3DHead
from mmaction.models.heads.base import BaseHead
from mmaction.registry import MODELS
from mmaction.utils import ConfigType, ForwardResults, SampleList


@MODELS.register_module()
class MeanHead(BaseHead):
    """Average pooling and a linear layer, with a loss and a prediction written out."""

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        loss_cls: ConfigType = dict(type='CrossEntropyLoss'),
        dropout_ratio: float = 0.5,
        init_std: float = 0.01,
        **kwargs,
    ) -> None:
        super().__init__(num_classes, in_channels, loss_cls, **kwargs)
        self.init_std = init_std
        self.dropout = nn.Dropout(p=dropout_ratio) if dropout_ratio != 0 else None
        self.fc_cls = nn.Linear(self.in_channels, self.num_classes)
        self.avg_pool = nn.AdaptiveAvgPool3d((1, 1, 1))

    def init_weights(self) -> None:
        normal_init(self.fc_cls, std=self.init_std)

    def forward(self, x: Tensor, **kwargs) -> Tensor:
        x = self.avg_pool(x)
        if self.dropout is not None:
            x = self.dropout(x)
        return self.fc_cls(x.view(x.shape[0], -1))

    def loss(self, feats: Tensor, data_samples: SampleList, **kwargs) -> Dict:
        return self.loss_by_feat(self(feats, **kwargs), data_samples)

    def loss_by_feat(self, cls_scores: Tensor, data_samples: SampleList) -> Dict:
        labels = torch.stack([x.gt_label for x in data_samples]).to(cls_scores.device).squeeze(dim=-1)
        losses = dict()
        top_k_acc = top_k_accuracy(cls_scores.detach().cpu().numpy(), labels.detach().cpu().numpy(), self.topk)
        for k, a in zip(self.topk, top_k_acc):
            losses[f'top{k}_acc'] = torch.tensor(a, device=cls_scores.device)
        losses['loss_cls'] = self.loss_cls(cls_scores, labels)
        return losses

    def predict(self, feats: Tensor, data_samples: SampleList, **kwargs) -> SampleList:
        return self.predict_by_feat(self(feats, **kwargs), data_samples)

    def predict_by_feat(self, cls_scores: Tensor, data_samples: SampleList) -> SampleList:
        num_segs = cls_scores.shape[0] // len(data_samples)
        cls_scores = self.average_clip(cls_scores, num_segs=num_segs)
        for data_sample, score, pred in zip(data_samples, cls_scores, cls_scores.argmax(dim=-1, keepdim=True)):
            data_sample.set_pred_score(score)
            data_sample.set_pred_label(pred)
        return data_samples


@MODELS.register_module()
class PooledI3DHead(I3DHead):
    """I3DHead with a forward of its own, which uses what the base has made."""

    def forward(self, x: Tensor, **kwargs) -> Tensor:
        if self.avg_pool is not None:
            x = self.avg_pool(x)
        if self.dropout is not None:
            x = self.dropout(x)
        return self.fc_cls(x.view(x.shape[0], -1))

    def loss(self, feats: Tuple[Tensor], data_samples: SampleList, **kwargs) -> ForwardResults:
        losses = super().loss(feats, data_samples, **kwargs)
        losses['seen'] = torch.tensor(float(len(data_samples)))
        return losses
