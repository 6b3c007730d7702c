"""Recognition of actions by their names, without training: CLIP on frames and texts, X-CLIP on videos and texts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

import mmaction.recipes as recipes
from mmaction.compat.read import is_encoder
from mmaction.models import BaseRecognizer, Recognizer2D
from mmaction.models.adapters import preprocessing_of
from mmaction.models.adapters.families import FAMILIES
from mmaction.models.adapters.folders import find_folder, read_json
from mmaction.models.adapters.hf_video import prompt_ids
from mmaction.models.common.clip_arch import CLIPArch
from mmaction.models.similarity.clip import load_clip
from mmaction.models.similarity.prompts import TEMPLATES, check_names, check_templates, text_features
from mmaction.registry import MODELS
from mmaction.utils.check import at_least
from mmaction.utils.clip_tokenizer import CONTEXT_LENGTH, CLIPTokenizer
from mmaction.weights.folder import config_beside, weights_in

# CLIP's own, of pixels in 0..1
_MEAN, _STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
_FRAMES = 8


def zero_shot_config(
    arch: CLIPArch,
    labels: Sequence[str],
    num_frames: int = _FRAMES,
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
    size = arch.image_size
    steps: list[dict[str, Any]] = [
        dict(type='Resize', scale=(-1, size), interpolation='bicubic'),
        dict(type='CenterCrop', crop_size=size),
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
    return _config(model, num_frames, steps, 'NCHW', names)


def _config(model: dict, num_frames: int, steps: list[dict], layout: str, names: list[str]) -> Config:
    sample = dict(type='UniformSample', clip_len=at_least(1, num_frames, 'num_frames'), num_clips=1, test_mode=True)
    pipeline = recipes.pipeline(sample, steps, layout)
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
    templates: Sequence[str] | None = None,
    vocab: str | None = None,
    num_frames: int | None = None,
    device: str | torch.device = 'cpu',
) -> BaseRecognizer:
    """Build a recognizer of actions that are named, for :func:`~mmaction.apis.inference_recognizer`.

    Args:
        weights: file or folder of a CLIP's weights, by its authors, from Hugging Face or of CLIP4Clip; folder of an
            X-CLIP from Hugging Face, which needs transformers; or ``'hf:'`` and a folder or a name on the hub. Mean and
            standard deviation of the colors are those in ``preprocessor_config.json`` next to them, if there is one.
        labels: names of the classes.
        templates: sentences with ``{}`` for the name; their features are averaged. X-CLIP takes one. Default:
            ``TEMPLATES``; for X-CLIP the name alone.
        vocab: file of the tokenizer; by default next to the weights, see
            :func:`~mmaction.utils.clip_tokenizer.find_vocab`.
        num_frames: frames per video, evenly spread. Default: 8; X-CLIP takes as many as it was built for.
        device: of the model.

    Returns:
        The recognizer in evaluation mode, with ``cfg``.

    Raises:
        FileNotFoundError: weights or the file of the tokenizer are missing; the message names it.
        ValueError: labels or templates are malformed, or the weights are of another model.
    """
    # What is cheap to check comes before the weights.
    names = check_names(labels)
    if templates is not None:
        check_templates(templates)
    if is_encoder(weights):
        weights = find_folder(weights.removeprefix('hf:'))
    folder = weights if os.path.isdir(weights) else os.path.dirname(weights) or '.'
    family = FAMILIES.get(read_json(folder, 'config.json').get('model_type', ''))
    if family is not None and family.text:
        model = _with_prompts(folder, names, templates, vocab, num_frames)
    else:
        model = _with_features(weights, names, TEMPLATES if templates is None else templates, vocab, num_frames)
    return model.to(device).eval()


def _with_features(
    weights: str, names: list[str], templates: Sequence[str], vocab: str | None, num_frames: int | None
) -> BaseRecognizer:
    """A CLIP, whose classes are features of texts."""
    file = weights_in(weights)
    tokenizer = CLIPTokenizer.from_file(file if vocab is None else vocab)
    clip = load_clip(file)
    cfg = zero_shot_config(clip.arch, names, _FRAMES if num_frames is None else num_frames, **_colors(file))
    init_default_scope('mmaction')
    model: Recognizer2D = MODELS.build(dict(cfg.model, backbone=clip.visual))
    model.cls_head.set_classes(text_features(clip, tokenizer, names, templates), clip.logit_scale)
    model.cfg = cfg
    return model


def _with_prompts(
    folder: str, names: list[str], templates: Sequence[str] | None, vocab: str | None, num_frames: int | None
) -> BaseRecognizer:
    """An X-CLIP, which completes the texts by what it sees, so that they go in as tokens."""
    templates = ('{}',) if templates is None else templates
    if len(templates) > 1:
        raise ValueError(
            f'{len(templates)} templates were given; the model in {folder} takes one, which it completes by what it '
            'sees in the video.'
        )
    preprocessing = preprocessing_of(folder)
    frames = preprocessing.num_frames or _FRAMES
    if num_frames not in (None, frames):
        raise ValueError(f'num_frames ({num_frames}) must be {frames}, of which the model in {folder} was built.')
    config = read_json(folder, 'config.json')
    limit = (config.get('text_config') or {}).get('max_position_embeddings', CONTEXT_LENGTH)
    prompts = [templates[0].replace('{}', name.replace('_', ' ')) for name in names]
    ids = prompt_ids(prompts, folder if vocab is None else vocab, limit)
    network = dict(
        type='HFVideoRecognizer',
        model=folder,
        prompts=ids.tolist(),
        data_preprocessor=preprocessing.data_preprocessor(),
    )
    cfg = _config(network, frames, preprocessing.steps(), 'NCTHW', names)
    init_default_scope('mmaction')
    model: BaseRecognizer = MODELS.build(cfg.model)
    model.cfg = cfg
    return model


def _colors(file: str) -> dict[str, Any]:
    """Mean and standard deviation that the model's own processor states."""
    processor = config_beside(file, 'preprocessor_config.json') or {}
    found = dict(mean=processor.get('image_mean'), std=processor.get('image_std'))
    return {name: values for name, values in found.items() if values is not None}
