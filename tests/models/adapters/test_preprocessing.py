"""Processor configs as pipelines and data preprocessors, with the numbers of transformers' own processors."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from mmaction.models import preprocessing_of
from mmaction.models.adapters.preprocessing import default_preprocessing, from_processor
from mmaction.registry import MODELS

VIDEOMAE = dict(
    size=dict(shortest_edge=40), crop_size=dict(height=32, width=32), do_center_crop=True, do_rescale=True, resample=2
)
VIDEOMAE |= dict(rescale_factor=1 / 255, do_normalize=True, image_mean=[0.485, 0.456, 0.406], image_std=[0.2, 0.3, 0.4])
VIVIT = dict(VIDEOMAE, offset=True, rescale_factor=1 / 127.5, image_mean=[0.5] * 3, image_std=[0.5] * 3)


def normalized(processor: dict, pixels: torch.Tensor) -> torch.Tensor:
    """Clip (C, T, H, W) after our data preprocessor."""
    module = MODELS.build(from_processor(processor).data_preprocessor())
    return module(dict(inputs=[pixels]))['inputs'][0]


@pytest.mark.parametrize('processor', [VIDEOMAE, VIVIT, dict(VIDEOMAE, do_normalize=False)])
def test_normalization_is_that_of_the_processor(processor):
    pixels = torch.arange(3 * 2 * 4 * 4, dtype=torch.uint8).view(3, 2, 4, 4)
    expected = pixels.double() * processor['rescale_factor'] - float(processor.get('offset', False))
    if processor['do_normalize']:
        mean, std = (torch.tensor(processor[key]).double().view(3, 1, 1, 1) for key in ('image_mean', 'image_std'))
        expected = (expected - mean) / std
    torch.testing.assert_close(normalized(processor, pixels).double(), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize('kind, processor', [('VideoMAEImageProcessor', VIDEOMAE), ('VivitImageProcessor', VIVIT)])
def test_inputs_equal_those_of_transformers(kind, processor, tmp_path):
    """A frame of the final size, so that the resampling of two libraries does not matter."""
    transformers = pytest.importorskip('transformers', '5', reason='transformers of release 5 is not installed')
    theirs = getattr(transformers, kind)(**dict(processor, size=dict(shortest_edge=32)))
    frames = np.random.RandomState(0).randint(0, 256, (2, 32, 32, 3)).astype(np.uint8)
    expected = torch.as_tensor(np.asarray(theirs(list(frames), return_tensors='np')['pixel_values'][0]))
    ours = normalized(processor, torch.from_numpy(frames).permute(3, 0, 1, 2))
    torch.testing.assert_close(ours.transpose(0, 1), expected.float(), rtol=0, atol=1e-4)


def test_pipeline_of_a_folder(tmp_path):
    (tmp_path / 'config.json').write_text(json.dumps(dict(model_type='videomae', num_frames=16)))
    (tmp_path / 'processor_config.json').write_text(json.dumps(dict(video_processor=VIDEOMAE)))
    steps = preprocessing_of(str(tmp_path)).pipeline(frame_interval=4)
    assert steps[1:5] == [
        dict(type='SampleFrames', clip_len=16, frame_interval=4, num_clips=1, test_mode=True),
        dict(type='DecordDecode'),
        dict(type='Resize', scale=(-1, 40), interpolation='bilinear'),
        dict(type='CenterCrop', crop_size=(32, 32)),
    ]


@pytest.mark.parametrize(
    'size, crop, short, target',
    [
        (224, 224, 224, (224, 224)),  # as feature extractors of older releases state it
        (dict(height=288, width=256), None, None, (288, 256)),
        (dict(shortest_edge=292), dict(height=256, width=256), 292, (256, 256)),
        ([40, 30], None, None, (40, 30)),
    ],
)
def test_sizes(size, crop, short, target):
    found = from_processor(dict(size=size, crop_size=crop, do_center_crop=crop is not None))
    assert (found.short_side, found.size) == (short, target)


def test_errors(tmp_path):
    with pytest.raises(ValueError, match='neither crop_size nor a size'):
        from_processor(dict(size=dict(longest_edge=5)))
    with pytest.raises(ValueError, match='resample'):
        from_processor(dict(VIDEOMAE, resample=9))
    with pytest.raises(FileNotFoundError, match=r'has none of video_preprocessor_config\.json'):
        preprocessing_of(str(tmp_path))
    (tmp_path / 'preprocessor_config.json').write_text('[]')
    with pytest.raises(ValueError, match='must hold a JSON object, got list'):
        preprocessing_of(str(tmp_path))


def test_default_is_imagenet():
    assert default_preprocessing(32, 8).data_preprocessor()['mean'] == pytest.approx([123.675, 116.28, 103.53])
