from typing import Tuple

from torch import Tensor

from mmaction.models.recognizers.base import BaseRecognizer
from mmaction.registry import MODELS
from mmaction.utils import ForwardResults, OptSampleList, SampleList


@MODELS.register_module()
class ClipRecognizer(BaseRecognizer):
    """A 3D recognizer with settings of its own in test_cfg."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.passes = self.test_cfg.get('passes', 1)

    def extract_feat(
        self,
        inputs: Tensor,
        stage: str = 'neck',
        data_samples: OptSampleList = None,
        test_mode: bool = False,
    ) -> Tuple:
        num_segs = inputs.shape[1]
        inputs = inputs.view((-1,) + inputs.shape[2:])
        x = self.backbone(inputs)
        if stage == 'backbone':
            return x, dict()
        if self.with_neck:
            x, _ = self.neck(x, data_samples=data_samples)
        if self.with_cls_head and stage == 'head':
            return self.cls_head(x, num_segs=num_segs), dict()
        return x, dict()

    def loss(self, inputs: Tensor, data_samples: SampleList, **kwargs) -> dict:
        feats, loss_kwargs = self.extract_feat(inputs, data_samples=data_samples)
        loss_aux = loss_kwargs.get('loss_aux', dict())
        loss_cls = self.cls_head.loss(feats, data_samples, **loss_kwargs)
        return {**loss_cls, **loss_aux}

    def predict(self, inputs: Tensor, data_samples: SampleList, **kwargs) -> ForwardResults:
        for _ in range(self.passes):
            feats, predict_kwargs = self.extract_feat(inputs, test_mode=True)
        return self.cls_head.predict(feats, data_samples, **predict_kwargs)
