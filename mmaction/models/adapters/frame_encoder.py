"""Encoders of images of timm and open_clip as 2D backbones."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from mmengine.model import BaseModule
from torch import Tensor

from mmaction.models.adapters.folders import find_folder, read_json, read_license, read_state
from mmaction.models.adapters.preprocessing import Preprocessing
from mmaction.models.backbones.freezing import freeze
from mmaction.models.backbones.third_party import to_feature_map
from mmaction.registry import MODELS
from mmaction.utils import require
from mmaction.utils.check import pick
from mmaction.weights import load, load_weights
from mmaction.weights.report import NOTHING

if TYPE_CHECKING:
    from typing_extensions import Self

OPEN_CLIP_CONFIG = 'open_clip_config.json'
_NEITHER = (
    '{} is of neither library: timm states architecture, open_clip model_cfg. For a video model of transformers use '
    "dict(type='HFVideoBackbone', ...)."
)


@MODELS.register_module()
class FrameEncoder(BaseModule):
    """An encoder of images, of timm or open_clip, over the frames of a video, for :class:`Recognizer2D`.

    Args:
        model: folder of a model of timm (``config.json`` with ``architecture``) or open_clip
            (``open_clip_config.json``), or its name on the Hugging Face hub, such as
            ``'timm/vit_small_patch14_dinov2.lvd142m'``. Only configs and safetensors are read.
        config: entries of that config that take precedence; without ``model``, the whole of it, for a network with
            random weights that needs no file: ``dict(architecture='resnet18')`` or ``dict(model_cfg=...)``.
        weights: a checkpoint file or URL, or ``'random'``. Default: those of the folder.
        output: ``'pooled'`` for one vector per frame, (N, C, 1, 1); ``'map'`` for all positions, which timm has.
        frozen: keep the encoder fixed, for heads on top of it.
        init_cfg: of mmengine.

    Raises:
        ImportError: the library is absent.
        ValueError: an argument is out of range, or the config is of neither library.
    """

    #: license of the weights, as their model card or config states it
    weights_license: str | None
    preprocessing: Preprocessing
    model: Any  # a module of another library, whose methods are not declared

    def __init__(
        self,
        model: str | None = None,
        config: Mapping[str, Any] | None = None,
        weights: str | None = None,
        output: Literal['pooled', 'map'] = 'pooled',
        frozen: bool = False,
        init_cfg: Any = None,
    ) -> None:
        super().__init__(init_cfg)
        self.output = pick(('pooled', 'map'), output, 'output')
        self.frozen = frozen
        folder = None if model is None else find_folder(model)
        entries = {} if folder is None else read_json(folder, OPEN_CLIP_CONFIG, 'config.json')
        entries.update(copy.deepcopy(dict(config or {})))
        if 'model_cfg' in entries:
            self._build_open_clip(entries, folder, weights)
        elif 'architecture' in entries:
            self._build_timm(entries, folder, weights)
        else:
            raise ValueError(_NEITHER.format(model or 'config'))
        # Else mmengine calls the `init_weights` of a model of timm, which discards pretrained weights.
        self.model.__dict__['is_init'] = True
        stated = (entries.get('pretrained_cfg') or {}).get('license')
        self.weights_license = None
        if folder is not None and weights != 'random':
            self.weights_license = read_license(folder) or stated

    def _build_timm(self, entries: Mapping[str, Any], folder: str | None, weights: str | None) -> None:
        timm = require('timm')
        name = entries['architecture']
        if not timm.is_model(name):
            raise ValueError(f'timm {timm.__version__} has no model {name!r}.')
        options = dict(entries.get('model_args') or {})
        if entries.get('global_pool'):
            options['global_pool'] = entries['global_pool']
        self.model = timm.create_model(name, **{**options, 'pretrained': False, 'num_classes': 0})
        cfg = {**self.model.pretrained_cfg, **(entries.get('pretrained_cfg') or {})}
        self.preprocessing = frame_preprocessing({**entries, 'pretrained_cfg': cfg})
        self.out_channels = int(self.model.num_features)
        classifiers = cfg.get('classifier') or ()
        classifiers = (classifiers,) if isinstance(classifiers, str) else classifiers
        self._load(folder, weights, 'model', '|'.join(rf'^{re.escape(path)}\.' for path in classifiers))

    def _build_open_clip(self, entries: Mapping[str, Any], folder: str | None, weights: str | None) -> None:
        require('open_clip', 'pip install open_clip_torch')
        from open_clip.model import CLIPVisionCfg, _build_vision_tower

        if self.output == 'map':
            raise ValueError("output='map' is known of timm's models; open_clip's have output='pooled'.")
        settings = entries['model_cfg']
        # The towers alone: text towers of the hub would be fetched even where they are not run.
        vision = CLIPVisionCfg(**{**settings['vision_cfg'], 'timm_model_pretrained': False})
        self.model = _build_vision_tower(settings['embed_dim'], vision, settings.get('quick_gelu', False))
        self.preprocessing = frame_preprocessing(entries)
        self.out_channels = int(settings['embed_dim'])
        self._load(folder, weights, 'open_clip_model', '', prefix='visual')

    def _load(self, folder: str | None, weights: str | None, stem: str, ignore: str, prefix: str | None = None) -> None:
        if weights == 'random' or (weights is None and folder is None):
            return
        if weights is not None:
            state, name = load_weights(weights), weights
        else:
            assert folder is not None
            state, name = read_state(folder, stem), folder
        load(self.model, state, prefix=prefix, name=name, ignore=ignore or NOTHING)

    def get_layer_depth(self, param_name: str, prefix: str = '') -> tuple[int, int]:
        """Layer of a parameter and number of layers, for layer-wise learning rates, as timm groups its models.

        Args:
            param_name: its name, which starts with the prefix.
            prefix: name of this backbone in the model, with a dot.
        """
        if not hasattr(self.model, 'group_matcher'):
            raise ValueError(
                f'{type(self.model).__name__} states no layers (group_matcher); use the same rate for all.'
            )
        layers = require('timm').models.group_parameters(self.model, self.model.group_matcher(), reverse=True)
        top = max(layers.values()) + 1
        return int(layers.get(param_name.removeprefix(f'{prefix}model.'), top)), top + 1

    def train(self, mode: bool = True) -> Self:
        """Switch to training mode, unless the encoder is frozen."""
        super().train(mode)
        if self.frozen:
            freeze([self.model])
        return self

    def forward(self, x: Tensor) -> Tensor:
        """Features of frames (N, 3, H, W), see ``output``: (N, C, h, w)."""
        if self.output == 'pooled':
            return to_feature_map(self.model(x), 'NC')
        layout = getattr(self.model, 'output_fmt', None)
        forward = self.model.forward_features
        return to_feature_map(forward(x), layout and str(getattr(layout, 'value', layout)))


def frame_preprocessing(entries: Mapping[str, Any], origin: str = 'config') -> Preprocessing:
    """The preprocessing that the config of a model of timm or open_clip states.

    Args:
        entries: ``config.json`` of timm, or ``open_clip_config.json``.
        origin: their name, for errors.

    Raises:
        ValueError: they are of neither library, or pad their inputs, which no pipeline here does.
    """
    if 'model_cfg' in entries:
        size = entries['model_cfg']['vision_cfg'].get('image_size', 224)
        return _of_open_clip({'size': size, **(entries.get('preprocess_cfg') or {})})
    if 'architecture' not in entries:
        raise ValueError(_NEITHER.format(origin))
    return _of_timm(entries['pretrained_cfg'])


def _of_timm(cfg: Mapping[str, Any]) -> Preprocessing:
    _, height, width = cfg['input_size']
    mode = pick(('center', 'squash'), cfg.get('crop_mode') or 'center', 'crop_mode')
    short = None if mode == 'squash' else math.floor(min(height, width) / (cfg.get('crop_pct') or 1.0))
    return _preprocessing(cfg, (height, width), short)


def _of_open_clip(cfg: Mapping[str, Any]) -> Preprocessing:
    size = cfg['size']
    height, width = (size, size) if isinstance(size, int) else size
    mode = pick(('shortest', 'squash'), cfg.get('resize_mode') or 'shortest', 'resize_mode')
    return _preprocessing({**_CLIP, **cfg}, (height, width), None if mode == 'squash' else min(height, width))


# The defaults of open_clip, which its configs may leave out.
_CLIP = dict(
    mean=(0.48145466, 0.4578275, 0.40821073), std=(0.26862954, 0.26130258, 0.27577711), interpolation='bicubic'
)


def _preprocessing(cfg: Mapping[str, Any], size: tuple[int, int], short: int | None) -> Preprocessing:
    mean = tuple(255.0 * value for value in cfg['mean'])
    std = tuple(255.0 * value for value in cfg['std'])
    interpolation = cfg.get('interpolation') or 'bilinear'
    # 'random' is a choice of the training.
    return Preprocessing(mean, std, short, size, 'bilinear' if interpolation == 'random' else interpolation)
