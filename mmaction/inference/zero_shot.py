"""Recognition of actions by their names, without training: CLIP's encoders on frames and texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmaction.models import Recognizer2D
from mmaction.models.common.clip_arch import CLIPArch
from mmaction.models.similarity.clip import load_clip
from mmaction.models.similarity.prompts import TEMPLATES, check_names, check_templates, text_features
from mmaction.registry import MODELS
from mmaction.utils.check import at_least
from mmaction.utils.clip_tokenizer import CLIPTokenizer
from mmaction.weights.folder import config_beside, weights_in

# CLIP's own, of pixels in 0..1
_MEAN, _STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


def zero_shot_config(
    arch: CLIPArch,
    labels: Sequence[str],
    num_frames: int = 8,
    *,
    mean: Sequence[float] = _MEAN,
    std: Sequence[float] = _STD,
) -> Config:
    """Config of a recognizer with CLIP's image encoder and a :class:`~mmaction.models.ZeroShotHead`.

    Args:
        arch: sizes of CLIP.
        labels: names of the classes.
        num_frames: frames per video, evenly spread.
        mean: of each color, of pixels in 0..1.
        std: standard deviation of each color.
    """
    at_least(1, num_frames, 'num_frames')
    size = arch.image_size
    pipeline = [
        dict(type='DecordInit'),
        dict(type='UniformSample', clip_len=num_frames, num_clips=1, test_mode=True),
        dict(type='DecordDecode'),
        dict(type='Resize', scale=(-1, size), interpolation='bicubic'),
        dict(type='CenterCrop', crop_size=size),
        dict(type='FormatShape', input_format='NCHW'),
        dict(type='PackActionInputs'),
    ]
    names = list(labels)
    model = dict(
        type='Recognizer2D',
        backbone=dict(type='CLIPImageEncoder', **arch.vision()),
        cls_head=dict(type='ZeroShotHead', num_classes=len(names), in_channels=arch.embed_dim, average_clips='prob'),
        data_preprocessor=dict(
            type='ActionDataPreprocessor',
            mean=[255 * value for value in mean],
            std=[255 * value for value in std],
            format_shape='NCHW',
        ),
    )
    dataset = dict(type='VideoDataset', ann_file='', pipeline=pipeline, metainfo=dict(classes=names), test_mode=True)
    return Config(
        dict(
            default_scope='mmaction',
            model=model,
            test_pipeline=pipeline,
            test_dataloader=dict(batch_size=1, num_workers=0, dataset=dataset),
        )
    )


def zero_shot_recognizer(
    weights: str,
    labels: Sequence[str],
    *,
    templates: Sequence[str] = TEMPLATES,
    vocab: str | None = None,
    num_frames: int = 8,
    device: str | torch.device = 'cpu',
) -> Recognizer2D:
    """Build a recognizer of actions that are named, for :func:`~mmaction.apis.inference_recognizer`.

    Args:
        weights: file or folder of a CLIP's weights, by its authors, from Hugging Face or of CLIP4Clip. Mean and
            standard deviation of the colors are those in ``preprocessor_config.json`` next to them, if there is one.
        labels: names of the classes.
        templates: sentences with ``{}`` for the name; their features are averaged.
        vocab: file of the tokenizer; by default next to the weights, see
            :func:`~mmaction.utils.clip_tokenizer.find_vocab`.
        num_frames: frames per video, evenly spread.
        device: of the model.

    Returns:
        The recognizer in evaluation mode, with ``cfg``.

    Raises:
        FileNotFoundError: weights or the file of the tokenizer are missing; the message names it.
        ValueError: labels or templates are malformed, or the weights are of another model.
    """
    # What is cheap to check comes before the weights.
    names = check_names(labels)
    check_templates(templates)
    file = weights_in(weights)
    tokenizer = CLIPTokenizer.from_file(file if vocab is None else vocab)
    clip = load_clip(file)
    cfg = zero_shot_config(clip.arch, names, num_frames, **_colors(file))
    init_default_scope('mmaction')
    model: Recognizer2D = MODELS.build(cfg.model)
    model.backbone.load_state_dict(clip.visual.state_dict())
    model.cls_head.set_classes(text_features(clip, tokenizer, names, templates), clip.logit_scale)
    model.cfg = cfg
    return model.to(device).eval()


def _colors(file: str) -> dict[str, Any]:
    """Mean and standard deviation that the model's own processor states."""
    processor = config_beside(file, 'preprocessor_config.json') or {}
    found = dict(mean=processor.get('image_mean'), std=processor.get('image_std'))
    return {name: values for name, values in found.items() if values is not None}
