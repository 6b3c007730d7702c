"""Stacking and normalisation of batches."""

from __future__ import annotations

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmaction.models import ActionDataPreprocessor, MultiModalDataPreprocessor
from mmaction.models.data_preprocessors.data_preprocessor import stack_inputs
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

MEAN, STD = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]
SHAPES = {'NCHW': (4, 3, 6, 8), 'NCTHW': (2, 3, 4, 6, 8)}


def clips(shape, n=2, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator) for _ in range(n)]


def samples(n=2):
    return [ActionDataSample().set_gt_label(i) for i in range(n)]


@pytest.mark.parametrize('layout', SHAPES)
@pytest.mark.parametrize('to_rgb', [False, True])
def test_known_pixels_are_normalised(layout, to_rgb):
    inputs = clips(SHAPES[layout])
    out = ActionDataPreprocessor(MEAN, STD, to_rgb=to_rgb, format_shape=layout)(
        dict(inputs=inputs, data_samples=samples())
    )
    assert out['inputs'].dtype == torch.float32 and out['inputs'].shape == (2, *SHAPES[layout])
    for c in range(3):
        source = inputs[1][1, 2 - c if to_rgb else c]
        torch.testing.assert_close(out['inputs'][1, 1, c], (source.float() - MEAN[c]) / STD[c])
    assert [s.gt_label.item() for s in out['data_samples']] == [0, 1]


@pytest.mark.parametrize('shape', [(5, 3, 4, 6, 6), (3, 4, 6, 6)])
def test_leading_dimensions_are_free_for_clips(shape):
    pre = ActionDataPreprocessor(MEAN, STD, format_shape='NCTHW')
    out = pre(dict(inputs=clips(shape), data_samples=None))['inputs']
    want = (torch.stack(clips(shape)).float() - torch.tensor(MEAN).view(3, 1, 1, 1)) / torch.tensor(STD).view(
        3, 1, 1, 1
    )
    torch.testing.assert_close(out, want)


def test_the_callers_tensors_are_left_alone():
    for inputs in (clips(SHAPES['NCHW']), [x.float() for x in clips(SHAPES['NCHW'])], torch.ones(1, 4, 3, 6, 8)):
        before = copy.deepcopy(inputs)
        out = ActionDataPreprocessor(MEAN, STD)(dict(inputs=inputs))['inputs']
        assert out.abs().max() > 0
        assert all(torch.equal(a, b) for a, b in zip(inputs, before))


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 4), st.sampled_from(sorted(SHAPES)), st.integers(0, 99))
def test_batched_equals_one_by_one(n, layout, seed):
    pre = ActionDataPreprocessor(MEAN, STD, format_shape=layout)
    inputs = clips(SHAPES[layout], n, seed)
    whole = pre(dict(inputs=inputs))['inputs']
    assert all(torch.equal(whole[i : i + 1], pre(dict(inputs=[x]))['inputs']) for i, x in enumerate(inputs))
    assert torch.equal(whole, pre(dict(inputs=torch.stack(inputs)))['inputs'])


def test_mixed_images_and_clips():
    pre = ActionDataPreprocessor(MEAN, STD, format_shape='MIX2d3d')
    image = clips((3, 6, 8))
    images = pre(dict(inputs=image))['inputs']
    torch.testing.assert_close(images[0, 2], (image[0][2].float() - MEAN[2]) / STD[2])
    clip = clips((1, 3, 4, 6, 8))
    torch.testing.assert_close(pre(dict(inputs=clip))['inputs'][0, 0, 2], (clip[0][0, 2].float() - MEAN[2]) / STD[2])


def test_without_statistics_only_the_type_changes():
    inputs = clips(SHAPES['NCHW'])
    assert torch.equal(ActionDataPreprocessor()(dict(inputs=inputs))['inputs'], torch.stack(inputs).float())
    assert torch.equal(ActionDataPreprocessor(to_float32=False)(dict(inputs=inputs))['inputs'], torch.stack(inputs))


def test_half_precision_models_get_half_precision_of_exact_statistics():
    inputs = clips(SHAPES['NCHW'])
    exact = ActionDataPreprocessor(MEAN, STD)(dict(inputs=inputs))['inputs']
    pre = ActionDataPreprocessor(MEAN, STD).to(torch.bfloat16)
    assert torch.equal(pre(dict(inputs=inputs))['inputs'], exact.bfloat16())
    assert pre.state_dict() == {}


def test_smaller_samples_are_padded_at_the_far_end():
    a, b = torch.ones(2, 3, 4), torch.ones(2, 5, 3)
    out = stack_inputs([a, b])
    assert out.shape == (2, 2, 5, 4)
    assert (out[0, :, :3] == 1).all() and (out[1, :, :, :3] == 1).all()
    assert out.sum() == a.sum() + b.sum()


def test_nested_batches_are_flattened():
    """As collated from a dataset that repeats each sample."""
    inputs, labels = clips(SHAPES['NCTHW'], 4), samples(4)
    out = ActionDataPreprocessor(format_shape='NCTHW')(
        dict(inputs=[inputs[:2], inputs[2:]], data_samples=[labels[:2], labels[2:]])
    )
    assert torch.equal(out['inputs'], torch.stack(inputs).float())
    assert [s.gt_label.item() for s in out['data_samples']] == [0, 1, 2, 3]


def test_several_batches_at_once():
    pre = ActionDataPreprocessor(MEAN, STD, format_shape='MIX2d3d')
    parts = (dict(inputs=clips((3, 6, 8))), dict(inputs=clips((1, 3, 2, 6, 8))))
    out = pre(parts)
    assert isinstance(out, tuple)
    assert all(torch.equal(o['inputs'], pre(p)['inputs']) for o, p in zip(out, parts))


def test_blending_is_for_training():
    pre = ActionDataPreprocessor(
        MEAN, STD, format_shape='NCTHW', blending=dict(type='MixupBlending', num_classes=2, alpha=1.0)
    )
    torch.manual_seed(1)
    still = pre(dict(inputs=clips(SHAPES['NCTHW']), data_samples=samples()), training=False)
    assert [s.gt_label.tolist() for s in still['data_samples']] == [[0], [1]]
    mixed = pre(dict(inputs=clips(SHAPES['NCTHW']), data_samples=samples()), training=True)
    lam = mixed['data_samples'][0].gt_label[0]
    assert 0 < lam < 1
    a, b = still['inputs']
    torch.testing.assert_close(mixed['inputs'][0], lam * a + (1 - lam) * b)


def test_modalities_have_their_own_statistics():
    pre = MODELS.build(
        dict(
            type='MultiModalDataPreprocessor',
            preprocessors=dict(
                imgs=dict(type='ActionDataPreprocessor', mean=MEAN, std=STD, format_shape='NCTHW'),
                heatmap_imgs=dict(type='ActionDataPreprocessor'),
            ),
        )
    )
    assert isinstance(pre, MultiModalDataPreprocessor)
    imgs, maps = clips((1, 3, 4, 6, 8)), [torch.rand(1, 17, 4, 6, 8) for _ in range(2)]
    out = pre(dict(inputs=dict(imgs=imgs, heatmap_imgs=maps), data_samples=samples()))
    torch.testing.assert_close(out['inputs']['imgs'][0, 0, 1], (imgs[0][0, 1].float() - MEAN[1]) / STD[1])
    assert torch.equal(out['inputs']['heatmap_imgs'], torch.stack(maps))
    with pytest.raises(ValueError, match=r"no preprocessor for \['audio'\]"):
        pre(dict(inputs=dict(audio=maps)))


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        (dict(mean=MEAN, std=STD, format_shape='NHWC'), r"format_shape \('NHWC'\)"),
        (dict(to_rgb=True, format_shape='NHWC'), r"format_shape \('NHWC'\)"),
        (dict(mean=MEAN), 'std \\(None\\)'),
        (dict(mean=MEAN, std=[1.0]), 'mean has 3 values, but std has 1'),
        (dict(mean=MEAN, std=[1.0, 0.0, 1.0]), r'std \(\[1.0, 0.0, 1.0\]\)'),
    ],
)
def test_bad_arguments_fail_when_built(kwargs, message):
    with pytest.raises(ValueError, match=message):
        ActionDataPreprocessor(**kwargs)


@pytest.mark.parametrize(
    ('pre', 'inputs', 'message'),
    [
        (dict(mean=MEAN, std=STD), clips((4, 2, 6, 8)), r'mean has 3 values.*\(2, 4, 2, 6, 8\).*dimension -3'),
        (dict(to_rgb=True), clips((4, 2, 6, 8)), 'needs 3 channels, got 2'),
        (dict(), [torch.zeros(1, 3, 4, 4), torch.zeros(2, 3, 4, 4)], r'same first one, got \[\(1, 3, 4, 4\)'),
        (dict(), [], 'batch is empty'),
    ],
)
def test_batches_that_do_not_fit(pre, inputs, message):
    with pytest.raises(ValueError, match=message):
        ActionDataPreprocessor(**pre)(dict(inputs=inputs))


def test_data_of_a_wrong_type():
    with pytest.raises(TypeError, match='got str'):
        ActionDataPreprocessor()('batch')
    with pytest.raises(TypeError, match='Expected Tensor or a list of such, got int'):
        ActionDataPreprocessor()(dict(inputs=[3]))


def test_memory_layout_of_the_samples_does_not_matter():
    inputs = clips((4, 3, 6, 8))
    inner = [x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) for x in inputs]
    pre = ActionDataPreprocessor(MEAN, STD)
    out = pre(dict(inputs=inner))['inputs']
    assert out.is_contiguous() and torch.equal(out, pre(dict(inputs=inputs))['inputs'])
    mixed = stack_inputs([inputs[0], inputs[1].float()])
    assert mixed.dtype == torch.float32 and torch.equal(mixed, torch.stack(inputs).float())


def test_layouts_without_channels_are_stacked_as_they_are():
    """Features or sensor readings (N, T, C): nothing is normalized, so no channel has to be found."""
    samples = [torch.arange(6).view(2, 3), torch.ones(2, 3)]
    pre = ActionDataPreprocessor(format_shape='NTC')
    out = pre(dict(inputs=samples))['inputs']
    assert out.shape == (2, 2, 3) and out.dtype == torch.float32
    assert out[0].tolist() == [[0, 1, 2], [3, 4, 5]] and not pre._enable_normalize
    assert ActionDataPreprocessor(MEAN, STD)._enable_normalize
