"""``RecognizerGCN`` and ``GCNHead``."""

from __future__ import annotations

import pytest
import torch

from mmaction.models import GCNHead, build_recognizer
from mmaction.structures import ActionDataSample
from mmaction.testing import fill_state_dict, seeded_tensor

CHAIN = dict(num_node=3, inward=[(1, 0), (2, 1)], center=0)
MODEL = dict(
    type='RecognizerGCN',
    backbone=dict(type='STGCN', graph_cfg=dict(layout=CHAIN), base_channels=4, num_stages=2),
    cls_head=dict(type='GCNHead', num_classes=5, in_channels=4),
)


def test_head_is_a_mean_and_a_linear_layer():
    head = fill_state_dict(GCNHead(5, 8)).eval()
    x = seeded_tensor((3, 2, 8, 6, 4))
    torch.testing.assert_close(head(x), x.mean((1, 3, 4)) @ head.fc.weight.T + head.fc.bias)
    assert (head.average_clips, head.dropout) == ('prob', None)
    assert GCNHead(5, 8, dropout=0.3).dropout.p == 0.3
    with pytest.raises(ValueError, match=r'takes features \(N \* clips, M, C, T, V\), got shape \(3, 8\)'):
        head(torch.zeros(3, 8))


def test_head_starts_small():
    torch.manual_seed(0)
    head = GCNHead(50, 400)
    head.init_weights()
    assert head.fc.weight.std().item() == pytest.approx(0.01, rel=0.05)
    assert not head.fc.bias.any()


def test_names_of_other_checkpoints():
    """PYSKL's name of the last layer is taken for ours; one that has both is not touched."""
    head, other = GCNHead(5, 8), GCNHead(5, 8)
    other.load_state_dict({f'fc_cls.{name}': value for name, value in head.fc.state_dict().items()}, strict=True)
    assert torch.equal(other.fc.weight, head.fc.weight)
    with pytest.raises(RuntimeError, match=r'Unexpected key\(s\) in state_dict: "fc_cls.weight"'):
        other.load_state_dict({**head.state_dict(), 'fc_cls.weight': head.fc.weight}, strict=True)


@torch.no_grad()
def test_clips_are_averaged():
    model = fill_state_dict(build_recognizer(MODEL)).eval()
    clips = seeded_tensor((2, 3, 2, 8, 3, 3))
    logits = model(clips, mode='tensor', stage='head')
    each = torch.stack([model(clips[:, i : i + 1], mode='tensor', stage='head') for i in range(3)], dim=1)
    torch.testing.assert_close(logits, each.flatten(0, 1))
    predicted = model(clips, [ActionDataSample(), ActionDataSample()], mode='predict')
    for sample, want in zip(predicted, each.softmax(-1).mean(1)):
        torch.testing.assert_close(sample.pred_score, want)
        assert sample.pred_label.item() == want.argmax()
    assert model(clips, mode='tensor').shape == (6, 2, 4, 8, 3)


@torch.no_grad()
def test_views_may_go_one_by_one():
    clips = seeded_tensor((2, 3, 2, 8, 3, 3))
    scores = []
    for views in (None, 1, 4):
        model = fill_state_dict(build_recognizer(dict(MODEL, test_cfg=dict(max_testing_views=views)))).eval()
        scores.append(torch.stack([s.pred_score for s in model(clips, mode='predict')]))
    torch.testing.assert_close(scores[0], scores[1])
    torch.testing.assert_close(scores[0], scores[2])


@torch.no_grad()
def test_absent_persons_and_one_frame():
    """Persons of zeros, as where nobody was found, and clips of one frame have scores like any other."""
    model = fill_state_dict(build_recognizer(MODEL)).eval()
    for clips in (torch.zeros(1, 1, 2, 8, 3, 3), seeded_tensor((1, 1, 2, 1, 3, 3))):
        (sample,) = model(clips, mode='predict')
        assert sample.pred_score.sum().item() == pytest.approx(1)


def test_arguments():
    with pytest.warns(UserWarning, match=r'RecognizerGCN does not run its neck \(Identity\)'):
        build_recognizer(dict(MODEL, neck=torch.nn.Identity()))
    model = build_recognizer(MODEL)
    with pytest.raises(
        ValueError, match=r'6 dimensions \(batch, clips, persons, time, joints, values\), got shape \(2, 8'
    ):
        model(torch.zeros(2, 8, 3, 3))
    with pytest.raises(ValueError, match=r"stage \('end'\)"):
        model(torch.zeros(1, 1, 1, 8, 3, 3), stage='end')
