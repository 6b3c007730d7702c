"""The localizers by hand-made labels, against plain loops, and learning small sets by heart."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData
from torch import nn

from mmaction.models.localizers._boundary_matching import sample_mask
from mmaction.models.localizers.drn.drn_utils.fcos_loss import focal_loss, iou_loss, prepare_targets
from mmaction.models.localizers.tcanet.lgte import window_mask
from mmaction.models.localizers.tcanet.tbr import match_actions, sample_segments
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.testing import seeded_tensor

NMS = dict(soft_nms_alpha=0.4, soft_nms_low_threshold=0.5, soft_nms_high_threshold=0.9, post_process_top_k=10)
TEM = dict(
    type='TEM', temporal_dim=8, boundary_ratio=0.1, tem_feat_dim=4, tem_hidden_dim=16, tem_match_threshold=0.5,
    conv3_ratio=1,
)  # fmt: skip
PEM = dict(
    type='PEM', pem_feat_dim=6, pem_hidden_dim=16, pem_u_ratio_m=1, pem_u_ratio_l=2,
    pem_high_temporal_iou_threshold=0.6, pem_low_temporal_iou_threshold=0.2, fc1_ratio=1, fc2_ratio=1, **NMS,
)  # fmt: skip
BMN = dict(
    type='BMN', temporal_dim=8, boundary_ratio=0.5, num_samples=4, num_samples_per_bin=2, feat_dim=4, hidden_dim_1d=16,
    hidden_dim_2d=16, hidden_dim_3d=16, **NMS,
)  # fmt: skip
TCANET = dict(
    type='TCANet', feat_dim=4, se_sample_num=4, action_sample_num=8, temporal_dim=8, window_size=3, lgte_num=1, **NMS
)
DRN = dict(
    type='DRN', vocab_size=9, hidden_dim=8, embed_dim=6, first_output_dim=8, fpn_feature_dim=16, feature_dim=8,
    graph_node_features=1024,
)  # fmt: skip
ACTIONS = [[[0.25, 0.5]], [[0.0, 0.25], [0.5, 1.0]]]


def video(number: int = 0, **fields) -> ActionDataSample:
    """A sample of a video of 128 frames and 64 seconds."""
    sample = ActionDataSample(metainfo=dict(video_name=f'v_{number}', duration_frame=128, duration_second=64.0))
    proposals = fields.pop('proposals', None)
    sample.gt_instances = InstanceData(**{k: torch.as_tensor(v) for k, v in fields.items()})
    if proposals is not None:
        sample.proposals = InstanceData(proposals=torch.as_tensor(proposals))
    return sample


def labelled() -> list[ActionDataSample]:
    """Two videos with one and two actions, and proposals near them."""
    out = []
    for number, actions in enumerate(ACTIONS):
        near = np.concatenate([np.array(actions) + d for d in ([0.02, 0.03], [-0.01, 0.0], [0.2, 0.3])]).clip(0, 1)
        scored = np.c_[near, np.linspace(1, 0.5, len(near))]
        out.append(video(number, gt_bbox=np.array(actions), proposals=scored))
    return out


def rated(seed: int = 1) -> list[ActionDataSample]:
    """Proposals of two videos (7 and 5) with their features and IoU."""
    out = []
    for number, count in enumerate((7, 5)):
        feature = seeded_tensor((count, 6), seed + number)
        start = torch.linspace(0, 0.5, count)
        fields = dict(tmin=start, tmax=start + 0.3, tmin_score=start + 0.5, tmax_score=1 - start)
        iou = torch.linspace(0, 1, count)
        out.append(video(number, bsp_feature=feature, reference_temporal_iou=iou, **fields))
    return out


def sentences(proposals: int = 32) -> list[ActionDataSample]:
    """Three sentences; the moments are of the length that a new DRN finds, and one is for the coarser levels."""
    out = []
    for number, (start, length) in enumerate(((3.5, 2), (20.5, 2), (6, 20))):
        words = torch.arange(1, 4 + 2 * number)
        sample = ActionDataSample(metainfo=dict(vid_name=f'v_{number}', query_tokens=words, query_length=len(words)))
        edges = torch.arange(proposals) / proposals
        sample.proposals = InstanceData(proposals=torch.stack((edges, edges + 1 / proposals), dim=1))
        sample.gt_instances = InstanceData(gt_bbox=torch.tensor([start, start + length]) / 32)
        out.append(sample)
    return out


def features(channels: int, steps: int, videos: int = 2) -> list[torch.Tensor]:
    return list(seeded_tensor((videos, channels, steps), seed=3))


CASES: dict[str, tuple[dict, Callable, Callable]] = {
    'tem': (TEM, lambda: features(4, 8), labelled),
    'pem': (PEM, lambda: torch.zeros(2), rated),
    'bmn': (BMN, lambda: features(4, 8), labelled),
    'tcanet': (TCANET, lambda: features(4, 8), labelled),
    'drn_first': (dict(DRN, is_first_stage=True), lambda: features(32, 8, 3), sentences),
    'drn_second': (dict(DRN, is_second_stage=True), lambda: features(32, 8, 3), sentences),
    'drn_third': (DRN, lambda: features(32, 8, 3), sentences),
}
# What the loss of a stage of DRN does not reach.
WITHOUT_GRADIENT = {'drn_first': ('mix_fc', 'iou_scores')}


def build(cfg: dict) -> nn.Module:
    torch.manual_seed(0)
    return MODELS.build(cfg)


# --- all of them ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize('name', CASES)
def test_learns_and_every_parameter_takes_part(name):
    cfg, inputs, samples = CASES[name]
    model, inputs, samples = build(cfg), inputs(), samples()
    learning = {n: p for n, p in model.named_parameters() if p.requires_grad}
    without = set(learning)
    optimizer = torch.optim.Adam(learning.values(), lr=3e-3)
    losses = []
    for _ in range(12 if name == 'tcanet' else 40):
        parts = model(inputs, samples, mode='loss')
        assert all('loss' in part for part in parts)
        loss = sum(parts.values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        without -= {n for n, p in learning.items() if p.grad is not None and p.grad.any()}
    assert {n for n in without if not any(part in n for part in WITHOUT_GRADIENT.get(name, ()))} == set()
    assert np.mean(losses[-5:]) < 0.75 * np.mean(losses[:3])


def test_second_stage_of_drn_only_learns_the_iou():
    learning = {n for n, p in build(CASES['drn_second'][0]).named_parameters() if p.requires_grad}
    assert len(learning) == 10
    assert all('mix_fc' in n or 'iou_scores' in n for n in learning)


@pytest.mark.parametrize('name', CASES)
def test_bfloat16(name):
    cfg, inputs, samples = CASES[name]
    model, inputs, samples = build(cfg), inputs(), samples()
    want = {}
    for dtype in (None, torch.bfloat16):
        torch.manual_seed(1)  # of what is drawn, and of dropout
        with torch.autocast('cpu', dtype=dtype, enabled=dtype is not None):
            loss = sum(model(inputs, samples, mode='loss').values())
        loss.backward()
        want[dtype] = loss.item()
    assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())
    assert want[torch.bfloat16] == pytest.approx(want[None], rel=0.05)


@pytest.mark.parametrize('name', ['tem', 'bmn', 'tcanet', 'drn_third'])
@torch.no_grad()
def test_a_batch_is_as_one_by_one(name):
    cfg, inputs, samples = CASES[name]
    model, inputs, samples = build(cfg).eval(), inputs(), samples()
    together = model(inputs, samples, mode='predict')
    alone = [model([x], [s], mode='predict')[0] for x, s in zip(inputs, samples)]

    def numbers(found) -> np.ndarray:
        if isinstance(found, tuple):
            return found[1]
        if 'predictions' in found:
            return found['predictions']
        return np.array([[p['score'], *p['segment']] for p in found['proposal_list']])

    for a, b in zip(together, alone):
        np.testing.assert_allclose(numbers(a), numbers(b), rtol=1e-4, atol=1e-5)
    names = [
        found[0] if isinstance(found, tuple) else found.get('video_name', found.get('vid_name')) for found in alone
    ]
    assert names == [f'v_{i}' for i in range(len(inputs))]


@pytest.mark.parametrize('name', ['tem', 'bmn', 'tcanet', 'drn_third'])
def test_features_are_checked(name):
    cfg, inputs, samples = CASES[name]
    model, inputs, samples = build(cfg), inputs(), samples()
    inputs[1][0, 2] = math.nan
    with pytest.raises(ValueError, match=r'1 of \d+ values of the features of v_1 are NaN or infinite'):
        model(inputs, samples, mode='loss')
    with pytest.raises(ValueError, match=r'The features of v_0 are \(3, 5\)'):
        model([torch.zeros(3, 5)], samples[:1], mode='predict')
    with pytest.raises(ValueError, match=r"mode \('train'\) must be"):
        model(CASES[name][1](), samples, mode='train')


def test_missing_fields_are_named():
    with pytest.raises(ValueError, match=r"v_3 has no 'gt_bbox'; add it to the keys"):
        build(BMN)(features(4, 8)[:1], [video(3)], mode='loss')
    with pytest.raises(ValueError, match=r"v_3 has no 'proposals'; add them to the annotation file"):
        build(TCANET)(features(4, 8)[:1], [video(3)], mode='predict')
    sample = rated()[0]
    sample.gt_instances.bsp_feature[2, 1] = math.inf
    with pytest.raises(ValueError, match=r'1 of 42 values of the proposal features of v_0 are NaN or infinite'):
        build(PEM)(None, [sample], mode='loss')
    with pytest.raises(ValueError, match=r'query_tokens of v_0 go up to 12, but vocab_size is 9'):
        words = sentences()[:1]
        words[0].set_metainfo(dict(query_tokens=torch.tensor([3, 12]), query_length=2))
        build(DRN)(features(32, 8)[:1], words, mode='predict')
    with pytest.raises(ValueError, match=r'feat_dim \(6\) and hidden_dim_1d \(16\) must be multiples of 4'):
        build(dict(BMN, feat_dim=6))
    with pytest.raises(ValueError, match=r'is_first_stage and is_second_stage cannot both'):
        build(dict(DRN, is_first_stage=True, is_second_stage=True))
    with pytest.raises(ValueError, match=r'se_sample_num \(6\) must be a multiple of 4'):
        build(dict(TCANET, se_sample_num=6))
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'temporal_scale'"):
        build(dict(BMN, temporal_scale=8))


# --- BSN --------------------------------------------------------------------------------------------------------------
def test_tem_labels_by_hand():
    action, start, end = build(TEM).generate_labels([torch.tensor([[0.25, 0.5], [0.8125, 1.0]]), torch.zeros(0, 2)])
    assert action[0].tolist() == [0, 0, 1, 1, 0, 0, 0.5, 1]
    assert start[0].tolist() == [0, 0.5, 0.5, 0, 0, 0, 1, 0]  # a step wide, about 2 and 6.5 steps
    assert end[0].tolist() == [0, 0, 0, 0.5, 0.5, 0, 0, 0.5]
    assert not torch.stack((action, start, end))[:, 1].any()


@torch.no_grad()
def test_tem_table():
    model = build(TEM).eval()
    (name, table), _ = model(features(4, 8), labelled(), mode='predict')
    assert (name, table.shape) == ('v_0', (8, 5))
    np.testing.assert_allclose(table[:, :3].T, model(features(4, 8), mode='tensor')[0], rtol=1e-6)
    np.testing.assert_allclose(table[:, 3:], np.c_[np.arange(8), np.arange(1, 9)] / 8)


def test_pem_loss_over_what_is_drawn():
    model = build(dict(PEM, pem_u_ratio_m=0, pem_u_ratio_l=0)).eval()
    sample = rated()[:1]  # IoU 0, 1/6, ..., 1: three are of high IoU
    got = model(None, sample, mode='loss')['temporal_iou_loss'].item()
    fields = sample[0].gt_instances
    error = (model([fields.bsp_feature], mode='tensor')[:, 0] - fields.reference_temporal_iou).detach()
    assert got == pytest.approx((0.5 * error[4:] ** 2).mean().item(), rel=1e-5)
    everything = build(dict(PEM, pem_u_ratio_m=9, pem_u_ratio_l=9)).eval()(None, sample, mode='loss')
    assert everything['temporal_iou_loss'].item() == pytest.approx((0.5 * error**2).mean().item(), rel=1e-5)
    fields.reference_temporal_iou[:] = 0  # nothing fits: nothing is drawn, and the loss is 0
    assert model(None, sample, mode='loss')['temporal_iou_loss'].item() == 0


@torch.no_grad()
def test_pem_proposals_of_a_batch():
    model, samples = build(PEM).eval(), rated()
    out = model(None, samples, mode='predict')
    fields = samples[1].gt_instances
    confidence = model([fields.bsp_feature], mode='tensor')[:, 0]
    best = (confidence * fields.tmin_score * fields.tmax_score).max().item()
    assert [len(found['proposal_list']) for found in out] == [7, 5]
    assert out[1]['video_name'] == 'v_1'
    assert out[1]['proposal_list'][0]['score'] == pytest.approx(best, rel=1e-6)


def authors_weights() -> dict[str, torch.Tensor]:
    shapes = {'fc1.weight': (256, 32), 'fc1.bias': (256,), 'fc2.weight': (1, 256), 'fc2.bias': (1,)}
    return {f'module.{name}': seeded_tensor(shape, seed) for seed, (name, shape) in enumerate(shapes.items())}


def test_pem_takes_the_weights_of_the_authors(tmp_path):
    cfg = dict(PEM, pem_feat_dim=32, pem_hidden_dim=256)
    theirs, path = authors_weights(), tmp_path / 'pem_best.pth.tar'
    torch.save(dict(epoch=9, state_dict=theirs), path)
    model, other = build(cfg), build(cfg)
    model.load_foreign(str(path))
    other.load_state_dict(theirs)  # as load_from does
    for loaded in (model, other):
        assert {k: v.equal(theirs[f'module.{k}']) for k, v in loaded.state_dict().items()} == dict.fromkeys(
            ('fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias'), True
        )
    assert list(theirs) == list(authors_weights())  # the caller's dict stays as it is
    more = {**theirs, 'module.fc3.weight': torch.zeros(1)}
    with pytest.raises(ValueError, match=r'the original BSN, but 1 of 5 entries .* unknown there: module\.fc3\.weight'):
        other.load_state_dict(more)
    torch.save(more, path)
    with pytest.raises(ValueError, match=r'unexpected keys fc3\.weight'):
        model.load_foreign(str(path))
    torch.save({k: v for k, v in theirs.items() if 'fc2' not in k}, path)
    with pytest.raises(ValueError, match=r'missing keys fc2\.weight, fc2\.bias'):
        model.load_foreign(str(path))
    torch.save(theirs, path)
    with pytest.raises(ValueError, match=r'fc1\.weight is \(256, 32\), expected \(16, 6\)'):
        build(PEM).load_foreign(str(path))


# --- BMN --------------------------------------------------------------------------------------------------------------
def mask_one_by_one(steps: int, ratio: float, samples: int, per_bin: int) -> np.ndarray:
    mask = np.zeros((steps, samples, steps, steps))
    for start in range(steps):
        for duration in range(steps - start):
            first = start - (duration + 1) * ratio
            last = start + duration + (duration + 1) * ratio
            for i, point in enumerate(np.linspace(first, last, samples * per_bin)):
                if -1 < point < 0:
                    mask[0, i // per_bin, duration, start] += 1 / per_bin
                elif point >= 0:
                    low = int(point)
                    for step, weight in ((low, 1 - (point - low)), (low + 1, point - low)):
                        if step < steps:
                            mask[step, i // per_bin, duration, start] += weight / per_bin
    return mask


@pytest.mark.parametrize('setting', [(6, 0.5, 4, 3), (5, 0.0, 3, 2), (7, 0.25, 8, 1)])
def test_sample_mask_against_a_loop(setting):
    want = mask_one_by_one(*setting)
    np.testing.assert_allclose(sample_mask(*setting).numpy(), want.reshape(setting[0], -1), atol=1e-6)


@torch.no_grad()
def test_sampling_after_the_convolution_is_the_same():
    model, x = build(BMN), seeded_tensor((2, 16, 8))
    sampled = (x @ model.sample_mask).unflatten(2, (4, 8, 8))  # (B, C, N, D, S)
    torch.testing.assert_close(model._proposal_features(x), model.x_3d_p(sampled).squeeze(2))


def test_bmn_labels_by_hand():
    confidence, start, end = build(dict(BMN, temporal_dim=4)).generate_labels(
        [torch.tensor([[0.25, 0.75]]), torch.zeros(0, 2)]
    )
    # durations 1 to 4 by starts 0 to 3; proposals may reach beyond the end
    want = [[0, 1 / 2, 1 / 2, 0], [1 / 3, 1, 1 / 3, 0], [2 / 3, 2 / 3, 1 / 4, 0], [1 / 2, 1 / 2, 1 / 5, 0]]
    np.testing.assert_allclose(confidence[0], want, rtol=1e-6)
    # from half a step before to half a step after each step: how much of it is in -0.5..2.5 and in 1.5..4.5
    np.testing.assert_allclose(start[0], [1, 1, 0.5, 0])
    np.testing.assert_allclose(end[0], [0, 0.5, 1, 1])
    assert not confidence[1].any()
    assert not start[1].any()
    assert build(BMN).bm_mask[2].tolist() == [1] * 6 + [0] * 2


def test_bmn_proposals_against_a_loop():
    model, rng = build(BMN), np.random.default_rng(0)
    confidence, start, end = rng.uniform(0, 1, (2, 8, 8)), rng.uniform(0, 1, 8), rng.uniform(0, 1, 8)
    starts, ends = {0}, {7}
    for i in range(1, 7):
        for scores, found in ((start, starts), (end, ends)):
            if scores[i - 1] < scores[i] > scores[i + 1] or scores[i] > 0.5 * scores.max():
                found.add(i)
    want = [
        [s / 8, (s + d + 1) / 8, start[s], end[s + d + 1], confidence[1, d, s], confidence[0, d, s]]
        for d in range(8)
        for s in range(8)
        if s in starts and s + d + 1 in ends
    ]
    got = model._scored_proposals(confidence, start, end)
    np.testing.assert_allclose(got[:, :6], want)
    np.testing.assert_allclose(got[:, 6], np.prod(got[:, 2:6], axis=1))
    assert len(got) > 5


# --- TCANet -----------------------------------------------------------------------------------------------------------
def test_half_of_the_heads_see_a_window():
    mask = window_mask(8, 6, 3)[0]
    assert (~mask[0]).sum(1).tolist() == [2, 3, 3, 3, 3, 2]
    assert mask[:4].equal(mask[:1].expand(4, -1, -1))
    assert not mask[4:].any()


def test_samples_of_a_line_lie_on_it():
    line = torch.arange(10.0).expand(2, 1, 10) * torch.tensor([1.0, 3.0])[:, None, None]
    start, end = torch.tensor([0.2, 0.2, 0.8]), torch.tensor([0.6, 0.6, 1.4])
    got = sample_segments(line, torch.tensor([0, 1, 0]), start, end, 4)[:, 0]
    torch.testing.assert_close(got[0], torch.tensor([2.0, 3.0, 4.0, 5.0]))
    torch.testing.assert_close(got[1], 3 * got[0])
    torch.testing.assert_close(got[2], torch.tensor([8.25, 0.25 * 9, 0.0, 0.0]))  # fades out behind the last step


def test_each_proposal_gets_the_action_of_its_video():
    proposals = torch.tensor([[0.0, 0.4], [0.5, 0.9], [0.0, 0.4], [0.1, 0.2]])
    actions = [torch.tensor([[0.0, 0.5], [0.6, 0.9]]), torch.tensor([[0.2, 0.4]]), torch.zeros(0, 2)]
    best, iou = match_actions(proposals, torch.tensor([0, 0, 1, 2]), actions)
    np.testing.assert_allclose(iou, [0.8, 0.75, 0.5, 0], rtol=1e-5)
    np.testing.assert_allclose(best[:3], [[0.0, 0.5], [0.6, 0.9], [0.2, 0.4]])
    _, iou = match_actions(proposals, torch.zeros(4, dtype=torch.long), [torch.zeros(0, 2)])
    assert not iou.any()


@torch.no_grad()
def test_an_untrained_refinement_keeps_proposals_in_order():
    model, samples = build(TCANET).eval(), labelled()
    for regressor in (model.tbr1, model.tbr2, model.tbr3):
        for layers in (regressor.reg1se, regressor.reg1xw):
            for p in layers.parameters():
                p.zero_()
    found = model(features(4, 8), samples, mode='predict')[0]['proposal_list']
    given = {tuple(np.round(row, 4)) for row in (samples[0].proposals.proposals[:, :2] * 64).tolist()}
    assert {tuple(np.round(p['segment'], 4)) for p in found} == given
    assert found[0]['score'] == pytest.approx(0.5)  # the IoU of which nothing is known, times a score of 1


# --- DRN --------------------------------------------------------------------------------------------------------------
def test_drn_targets_by_hand():
    locations = [torch.arange(8) + 0.5, torch.arange(4) * 2 + 1.0, torch.arange(2) * 4 + 2.0]
    inside, distance = prepare_targets(locations, torch.tensor([[2.0, 5.0]]))
    # five apart at most: only the finest level cares
    assert inside[0].nonzero()[:, 0].tolist() == [2, 3, 4]
    assert distance[0, 2].tolist() == [0.5, 2.5]
    inside, _ = prepare_targets(locations, torch.tensor([[0.0, 8.0]]))
    # farthest end at most 6 away, or 5.6 to 11
    assert inside[0].tolist() == [False, False] + [True] * 4 + [False] * 2 + [True, False, False, True] + [False, False]


def test_drn_losses_by_hand():
    logits, positive = torch.tensor([0.0, 0.0]), torch.tensor([True, False])
    assert focal_loss(logits, positive, 0.25, 2.0).item() == pytest.approx(0.25 * math.log(2))  # (1/4 + 3/4) / 4
    got = iou_loss(torch.tensor([[1.0, 1.0]]), torch.tensor([[1.0, 3.0]]))
    assert got.item() == pytest.approx(math.log(2), rel=1e-5)


def test_drn_suppresses_what_overlaps_a_better_one():
    start, end = np.array([0.0, 0.0, 0.5, 0.1]), np.array([0.5, 0.4, 1.0, 0.9])
    score = np.array([0.5, 0.9, 0.7, 0.1])
    nms = MODELS.get('DRN').nms_temporal
    assert nms(start, end, score).tolist() == [1, 2, 3]  # the last overlaps another by 4 / 9
    assert nms(start, end, score, overlap=0.4).tolist() == [1, 2]
    assert nms([], [], []).tolist() == []


@torch.no_grad()
def test_drn_finds_the_whole_video_where_it_finds_nothing():
    model = build(DRN).eval()
    model.fcos.inference_thr = 1.0
    found = model(features(32, 8, 3), sentences(), mode='predict')
    assert [f['predictions'].tolist() for f in found] == [[[0.0, 1.0, 1.0]]] * 3
    np.testing.assert_allclose(found[1]['gt'], [20.5 / 32, 22.5 / 32])
