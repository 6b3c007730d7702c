"""Video models of transformers as backbones and recognizers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, cast

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmaction.models.adapters.families import FAMILIES, Family, block_of
from mmaction.models.adapters.folders import read_license
from mmaction.models.adapters.huggingface import (
    build_config,
    build_network,
    read_config,
    read_weights,
)
from mmaction.models.adapters.preprocessing import default_preprocessing, frames_of, preprocessing_of
from mmaction.models.backbones.freezing import check_frozen, freeze
from mmaction.models.heads.base import BaseHead
from mmaction.models.heads.timesformer_head import TimeSformerHead
from mmaction.models.recognizers.recognizer3d import Recognizer3D
from mmaction.registry import MODELS
from mmaction.utils.check import pick
from mmaction.utils.clip_tokenizer import END, CLIPTokenizer

if TYPE_CHECKING:
    from typing_extensions import Self

Output = Literal['map', 'pooled', 'logits']


@MODELS.register_module()
class HFVideoBackbone(BaseModule):
    """A video model of transformers: VideoMAE, TimeSformer, ViViT, V-JEPA 2, VideoPrism, X-CLIP.

    Takes clips (N, C, T, H, W). Models with a classifier of videos that are not in the table of families (of a later
    release of transformers) have the output ``'pooled'`` alone, and no layer-wise learning rates.

    Args:
        model: folder of a model, or its name on the Hugging Face hub. Only configs and safetensors are read, never
            code and never pickles.
        config: entries of the config that take precedence; without ``model``, the whole config with ``model_type``,
            for a network with random weights that needs no file.
        weights: a checkpoint file or URL, or ``'random'``. Default: those of the folder.
        output: ``'map'`` for the tokens of the last block as a feature map (N, C', T', H', W'); ``'pooled'`` for what
            the model's own classifier reads, (N, C'); ``'logits'`` for the similarities to ``prompts`` (N, K).
        frozen_stages: -1 trains all; 0 freezes the embeddings, i the first i blocks as well, the number of blocks the
            whole encoder.
        prompts: texts of the classes, for ``'logits'`` of a model with a text tower; or their token ids, which need no
            tokenizer in the folder.
        init_cfg: of mmengine.

    Raises:
        ImportError: transformers is absent.
        ValueError: an argument is out of range, or the model lacks the output.
    """

    #: license of the weights, as their model card states it
    weights_license: str | None
    model: Any  # a module of another library, whose methods are not declared

    def __init__(
        self,
        model: str | None = None,
        config: Mapping[str, Any] | None = None,
        weights: str | None = None,
        output: Output = 'map',
        frozen_stages: int = -1,
        prompts: Sequence[str] | Sequence[Sequence[int]] | None = None,
        init_cfg: Any = None,
    ) -> None:
        super().__init__(init_cfg)
        self.output = pick(('map', 'pooled', 'logits'), output, 'output')
        entries, folder = read_config(model, config)
        self.config = build_config(entries)
        self.family: Family | None = FAMILIES.get(self.config.model_type)
        self._check_output(prompts)
        self.num_frames = frames_of(self.config.to_dict())
        needs_classifier = output == 'pooled' and not (self.family is not None and self.family.text)
        state = read_weights(weights, folder)
        network = build_network(
            self.config, 'classifier' if needs_classifier else 'encoder', state, weights or model or ''
        )
        self.weights_license = None if state is None or folder is None else read_license(folder)
        self.model = network
        #: the classifier that reads ``'pooled'``, for a head; in a tuple, as it is no part of the backbone
        self.classifiers: tuple[nn.Linear, ...] = (self._take_classifier(),) if needs_classifier else ()
        self._drop_unused()
        self._depths = self._count_blocks()
        self.num_layers = sum(self._depths.values())
        check_frozen(frozen_stages, self.num_layers)
        self.frozen_stages = frozen_stages
        if prompts is not None:
            ids = _token_ids(prompts, folder, self.config.text_config.max_position_embeddings)
            self.register_buffer('prompt_ids', ids, persistent=False)

    def _check_output(self, prompts: Any) -> None:
        has_text = self.family is not None and self.family.text
        if self.output == 'map' and self.family is None:
            known = ', '.join(FAMILIES)
            raise ValueError(
                f"output='map' needs the arrangement of the tokens, which is known of {known}; for "
                f"{self.config.model_type!r} use output='pooled'."
            )
        if self.output == 'logits' and not (has_text and prompts):
            raise ValueError(
                f"output='logits' needs prompts and a model with a text tower, such as X-CLIP; "
                f'{self.config.model_type!r} with prompts={prompts!r} has not both. HFVideoRecognizer has the logits '
                "of a model's own classifier."
            )

    @property
    def encoder(self) -> nn.Module:
        """The encoder: the network, or its part below a classifier."""
        if self.family is None:
            return cast(nn.Module, self.model)
        return self.model.get_submodule(self._encoder_path())

    def _encoder_path(self) -> str:
        if self.family is None or not hasattr(self.model, self.family.encoder or '-'):
            return ''
        return self.family.encoder

    def _drop_unused(self) -> None:
        for name in () if self.family is None else self.family.unused:
            if getattr(self.encoder, name, None) is not None:
                setattr(self.encoder, name, None)

    def _count_blocks(self) -> dict[str, int]:
        if self.family is None:
            return {}
        blocks = {path: self.encoder.get_submodule(path) for path in self.family.blocks}
        return {path: len(list(modules.children())) for path, modules in blocks.items()}

    def _take_classifier(self) -> nn.Linear:
        """Take the classifier off, so that the output is what it reads."""
        classifier = getattr(self.model, 'classifier', None)
        if not isinstance(classifier, nn.Linear):
            raise ValueError(f'{type(self.model).__name__} has no linear classifier; state num_labels in config.')
        self.model.classifier = nn.Identity()
        return classifier

    @property
    def out_channels(self) -> int:
        """Channels of the output; classes of ``'logits'``."""
        if self.output == 'logits':
            return len(self.prompt_ids)
        if self.family is not None and self.family.text:
            own = self.config.projection_dim if self.output == 'pooled' else self.config.vision_config.hidden_size
            return int(own)
        return int(self.config.hidden_size)

    def get_layer_depth(self, param_name: str, prefix: str = '') -> tuple[int, int]:
        """Layer of a parameter, for layer-wise learning rates.

        Args:
            param_name: its name, which starts with the prefix.
            prefix: name of this backbone in the model, with a dot.

        Returns:
            0 for embeddings, i for block i, the number of blocks + 1 for the rest; and the number of all layers.
        """
        top = self.num_layers + 1
        name = param_name.removeprefix(prefix).removeprefix('model.')
        path = self._encoder_path()
        if self.family is None or not name.startswith(f'{path}.' if path else ''):
            return top, top + 1
        block = block_of(self.family, name.removeprefix(f'{path}.') if path else name, self._depths)
        return (top if block is None else block), top + 1

    def train(self, mode: bool = True) -> Self:
        """Switch to training mode, except for the frozen blocks."""
        super().train(mode)
        if self.family is None or self.frozen_stages < 0:
            return self
        for path in self.family.embeddings:
            freeze([self.encoder.get_submodule(path)])
        lists = [self.encoder.get_submodule(path) for path in self.family.blocks]
        blocks = [block for modules in lists for block in modules.children()]
        freeze(blocks[: self.frozen_stages])
        if self.frozen_stages == self.num_layers:
            freeze([self.encoder])
        return self

    def forward(self, x: Tensor) -> Tensor:
        """Features of clips, see ``output``.

        Args:
            x: (N, C, T, H, W), normalized as the model's processor does.

        Raises:
            ValueError: the clips have another length than the model takes.
        """
        frames = x.shape[2]
        if self.family is not None and self.family.fixed_frames and frames != self.num_frames:
            raise ValueError(
                f'Clips have {frames} frames, the model takes {self.num_frames}: set clip_len={self.num_frames} in the '
                'sampler of the pipeline.'
            )
        clips = x.transpose(1, 2)  # (N, C, T, H, W) -> (N, T, C, H, W)
        if self.family is not None and self.family.text:
            return self._text_family(clips)
        inputs = {self.model.main_input_name: clips}
        if self.output == 'pooled':
            return _pooled(self.model(**inputs).logits)
        assert self.family is not None  # checked in the constructor
        return self._map(self.model(**inputs, **self.family.call).last_hidden_state, x)

    def _text_family(self, clips: Tensor) -> Tensor:
        if self.output == 'logits':
            logits: Tensor = self.model(input_ids=self.prompt_ids, pixel_values=clips).logits_per_video
            return logits
        out = self.model.get_video_features(pixel_values=clips)
        return _pooled(out.pooler_output) if self.output == 'pooled' else self._map(out.last_hidden_state, clips)

    def _map(self, tokens: Tensor, x: Tensor) -> Tensor:
        """Tokens as a feature map (N, C, T, H, W)."""
        assert self.family is not None
        tokens = tokens[:, self.family.extra_tokens :]
        height, width = self._grid(x)
        if self.family.order == 'space_first':
            return tokens.unflatten(1, (height, width, -1)).permute(0, 4, 3, 1, 2)
        if self.family.order == 'frames':
            tokens = tokens.unflatten(0, (len(x), -1)).flatten(1, 2)  # (N * T, L, C) -> (N, T * L, C)
        return tokens.unflatten(1, (-1, height, width)).permute(0, 4, 1, 2, 3)

    def _grid(self, x: Tensor) -> tuple[int, int]:
        """Patches along height and width."""
        part = getattr(self.config, 'vision_config', self.config)
        tubelet = getattr(part, 'tubelet_size', None)
        size = tubelet[-1] if isinstance(tubelet, Sequence) else part.patch_size
        size = size[-1] if isinstance(size, Sequence) else size
        return x.shape[-2] // size, x.shape[-1] // size


def _pooled(x: Tensor) -> Tensor:
    """(N, C) of (N, C) or (N, 1, C)."""
    return x.flatten(1) if x.ndim == 3 and x.shape[1] == 1 else x


def prompt_ids(prompts: Sequence[str], vocab: str, context_length: int) -> Tensor:
    """Token ids (K, L) of K texts, of which the longest has L.

    Args:
        prompts: the texts.
        vocab: file of CLIP's tokenizer, or a folder with it.
        context_length: most tokens of a text.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a text is too long.
    """
    tokenizer = CLIPTokenizer.from_file(vocab)
    ids = tokenizer(prompts, context_length)
    ends = (ids == tokenizer.ids[END]).int().argmax(dim=1)
    return ids[:, : int(ends.max()) + 1]


def _token_ids(prompts: Sequence[Any], folder: str | None, context_length: int) -> Tensor:
    if all(isinstance(prompt, Sequence) and not isinstance(prompt, str) for prompt in prompts):
        return torch.as_tensor([[*prompt] for prompt in prompts], dtype=torch.long)
    if folder is None:
        raise ValueError('prompts as texts need the tokenizer in the folder of the model; give model, or token ids.')
    return prompt_ids(prompts, folder, context_length)


@MODELS.register_module()
class ClassifierHead(TimeSformerHead):
    """The classifier of a model of transformers, whose weights it keeps."""

    def default_init(self) -> None:
        """Leave the weights as they are: they came with the model."""


@MODELS.register_module()
class LogitsHead(BaseHead):
    """Losses and predictions from class scores that the backbone returns.

    Args:
        num_classes: number of classes.
        **kwargs: arguments of :class:`BaseHead`.
    """

    def __init__(self, num_classes: int, **kwargs: Any) -> None:
        super().__init__(num_classes, num_classes, **kwargs)

    def forward(self, x: Tensor, **kwargs: Any) -> Tensor:
        """Return the scores (N * views, num_classes)."""
        return x


@MODELS.register_module()
class HFVideoRecognizer(Recognizer3D):
    """A whole model of transformers that classifies videos: its encoder, its pooling and its classifier.

    Features, as of ``mmaction features``, are what the classifier reads.

    Args:
        model: see :class:`HFVideoBackbone`, like ``config``, ``weights``, ``frozen_stages`` and ``prompts``. With
            ``prompts``, the scores are the similarities of X-CLIP to these texts.
        num_classes: number of classes. If it is not that of the model, the classifier starts with random weights.
        cls_head: arguments of the head besides, such as ``average_clips`` or ``loss_cls``.
        train_cfg: of :class:`BaseRecognizer`, like ``test_cfg``.
        data_preprocessor: config of the data preprocessor. Default: as the model's own processor config states.
    """

    def __init__(
        self,
        model: str | None = None,
        config: Mapping[str, Any] | None = None,
        weights: str | None = None,
        num_classes: int | None = None,
        frozen_stages: int = -1,
        prompts: Sequence[str] | Sequence[Sequence[int]] | None = None,
        cls_head: Mapping[str, Any] | None = None,
        train_cfg: dict | None = None,
        test_cfg: dict | None = None,
        data_preprocessor: dict | nn.Module | None = None,
    ) -> None:
        output: Output = 'pooled' if prompts is None else 'logits'
        backbone = HFVideoBackbone(model, config, weights, output, frozen_stages, prompts)
        settings = dict(average_clips='prob') | dict(cls_head or {})
        if data_preprocessor is None:
            data_preprocessor = _own_preprocessor(model, backbone.config)
        if prompts is not None:
            head: BaseHead = LogitsHead(len(prompts), **settings)
        else:
            head = _take_head(backbone, num_classes, settings)
        super().__init__(backbone, head, None, train_cfg, test_cfg, data_preprocessor)


def _take_head(backbone: HFVideoBackbone, num_classes: int | None, settings: Mapping[str, Any]) -> ClassifierHead:
    (classifier,) = backbone.classifiers
    head = ClassifierHead(num_classes or classifier.out_features, classifier.in_features, **settings)
    if num_classes in (None, classifier.out_features):
        head.fc_cls = classifier
    else:
        nn.init.trunc_normal_(head.fc_cls.weight, std=head.init_std)
        nn.init.zeros_(head.fc_cls.bias)
    return head


def _own_preprocessor(model: str | None, config: Any) -> dict[str, Any]:
    if model is not None:
        return preprocessing_of(model).data_preprocessor()
    part = getattr(config, 'vision_config', config)
    size = getattr(part, 'image_size', None) or part.crop_size
    return default_preprocessing(size).data_preprocessor()
