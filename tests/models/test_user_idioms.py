"""Models put together the way people do it: nested, with several tasks, distilled, probed by hooks."""

from __future__ import annotations

import copy

import pytest
import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmaction.models import I3DHead, Recognizer3D
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

BACKBONE = dict(
    type='ResNet3d',
    depth=18,
    stage_blocks=(1, 1),
    num_stages=2,
    out_indices=(1,),
    spatial_strides=(1, 2),
    temporal_strides=(1, 1),
    dilations=(1, 1),
    inflate=(1, 0),
    base_channels=8,
    conv1_kernel=(3, 3, 3),
    pretrained=None,
)
HEAD = dict(type='I3DHead', num_classes=2, in_channels=16, dropout_ratio=0, average_clips='prob')


def recognizer(**changes) -> nn.Module:
    return MODELS.build(dict(type='Recognizer3D', backbone=BACKBONE, cls_head=HEAD) | changes)


@pytest.fixture
def inputs() -> Tensor:
    """Two samples of two views of four frames."""
    return torch.rand(2, 2, 3, 4, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def samples() -> list[ActionDataSample]:
    return [ActionDataSample().set_gt_label(i) for i in range(2)]


def test_head_with_a_second_task(inputs: Tensor, samples: list[ActionDataSample]) -> None:
    class TwoTasks(I3DHead):
        def __init__(self, num_verbs: int, **kwargs) -> None:
            super().__init__(**kwargs)
            self.fc_verb = nn.Linear(self.in_channels, num_verbs)

        def forward(self, x: Tensor, **kwargs) -> tuple[Tensor, Tensor]:
            x = self.avg_pool(x).flatten(1)
            return self.fc_cls(x), self.fc_verb(x)

        def loss(self, feats: Tensor, data_samples, **kwargs) -> dict:
            actions, verbs = self(feats, **kwargs)
            losses = super().loss_by_feat(actions, data_samples)
            labels = torch.stack([sample.verb for sample in data_samples])
            losses['loss_verb'] = F.cross_entropy(verbs, labels.repeat_interleave(2))
            return losses

        def predict(self, feats: Tensor, data_samples, **kwargs):
            actions, verbs = self(feats, **kwargs)
            for sample, verb in zip(data_samples, self.average_clip(verbs, num_segs=2)):
                sample.set_field(verb, 'pred_verb')
            return super().predict_by_feat(actions, data_samples)

    model = recognizer(cls_head=TwoTasks(num_verbs=3, **{k: v for k, v in HEAD.items() if k != 'type'})).eval()
    for sample in samples:
        sample.set_field(torch.tensor(1), 'verb')
    losses = model(inputs, samples, mode='loss')
    pooled = model(inputs, mode='tensor').mean((2, 3, 4))  # (4, 16)
    actions = F.cross_entropy(model.cls_head.fc_cls(pooled), torch.tensor([0, 0, 1, 1]))
    verbs = F.cross_entropy(model.cls_head.fc_verb(pooled), torch.tensor([1, 1, 1, 1]))
    torch.testing.assert_close((losses['loss_cls'], losses['loss_verb']), (actions, verbs))
    model(inputs, samples, mode='predict')
    want = model.cls_head.fc_verb(pooled).softmax(1).unflatten(0, (2, 2)).mean(1)
    torch.testing.assert_close(torch.stack([sample.pred_verb for sample in samples]), want)


def test_backbone_of_backbones_and_a_neck_with_a_loss(inputs: Tensor, samples: list[ActionDataSample]) -> None:
    class Difference(BaseModule):
        def __init__(self) -> None:
            super().__init__()
            self.frames, self.motion = MODELS.build(BACKBONE), MODELS.build(BACKBONE)

        def forward(self, x: Tensor) -> Tensor:
            return self.frames(x).mean(2, keepdim=True) + self.motion(x.diff(dim=2)).mean(2, keepdim=True)

    class Scale(nn.Module):
        def init_weights(self) -> None:
            self.seen = True

        def forward(self, x: Tensor, target: Tensor | None = None, data_samples=None) -> tuple[Tensor, dict]:
            return 2 * x, {} if data_samples is None else dict(loss_neck=x.abs().mean())

    model = recognizer(backbone=Difference(), neck=Scale()).eval()
    model.init_weights()
    assert model.neck.seen
    views = inputs.flatten(0, 1)
    feats = model.backbone.frames(views).mean(2, keepdim=True)
    feats = feats + model.backbone.motion(views.diff(dim=2)).mean(2, keepdim=True)
    torch.testing.assert_close(model.extract_feat(inputs)[0], 2 * feats)
    torch.testing.assert_close(model(inputs, samples, mode='loss')['loss_neck'], feats.abs().mean())


def test_distillation_and_hooks_on_the_pooling(inputs: Tensor, samples: list[ActionDataSample]) -> None:
    class Student(Recognizer3D):
        def __init__(self, teacher: nn.Module, **kwargs) -> None:
            super().__init__(**kwargs)
            self.teacher = teacher.requires_grad_(False)

        def loss(self, inputs: Tensor, data_samples, **kwargs) -> dict:
            losses = super().loss(inputs, data_samples, **kwargs)
            goal = self.teacher.extract_feat(inputs, stage='head')[0].softmax(1)
            scores = self.extract_feat(inputs, stage='head')[0].log_softmax(1)
            return losses | dict(loss_distill=F.kl_div(scores, goal, reduction='batchmean'))

    teacher = recognizer().eval()
    model = Student(teacher=teacher, backbone=BACKBONE, cls_head=HEAD).eval()
    assert model(inputs, samples, mode='loss')['loss_distill'] > 0
    model.backbone, model.cls_head = copy.deepcopy(teacher.backbone), copy.deepcopy(teacher.cls_head)
    assert model(inputs, samples, mode='loss')['loss_distill'].abs() < 1e-6

    pooled = []
    handle = model.cls_head.avg_pool.register_forward_hook(lambda module, args, output: pooled.append(output))
    model(inputs, samples, mode='predict')
    handle.remove()
    torch.testing.assert_close(pooled[0], model(inputs, mode='tensor').mean((2, 3, 4), keepdim=True))
