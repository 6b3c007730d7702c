"""Head whose classes are texts: zero-shot recognition, and few-shot training from there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmaction.models.heads._pooled import CROSS_ENTROPY
from mmaction.models.heads.base import BaseHead
from mmaction.models.similarity.clip import load_clip
from mmaction.models.similarity.prompts import TEMPLATES, text_features
from mmaction.registry import MODELS
from mmaction.utils.clip_tokenizer import CLIPTokenizer
from mmaction.weights.folder import weights_in


@MODELS.register_module()
class ZeroShotHead(BaseHead):
    """Cosine similarity of a video, the mean of its frames, with each class (ViFi-CLIP, https://arxiv.org/abs/2212.03640).

    The classes are features (C, D) of their names: of a checkpoint, of :meth:`set_classes`, or, in training, of the
    text encoder that :meth:`init_weights` reads. They train along with the image encoder.

    Args:
        num_classes: number of classes C.
        in_channels: features D of a frame.
        loss_cls: config of the loss.
        labels: names of the classes, for ``text_encoder``.
        text_encoder: file or folder of a CLIP's weights. None: the classes start at random.
        vocab: file of the tokenizer; by default next to the weights, see
            :func:`~mmaction.utils.clip_tokenizer.find_vocab`.
        templates: sentences with ``{}`` for the name.
        **kwargs: arguments of :class:`BaseHead`.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        loss_cls: dict = CROSS_ENTROPY,
        *,
        labels: Sequence[str] | None = None,
        text_encoder: str | None = None,
        vocab: str | None = None,
        templates: Sequence[str] = TEMPLATES,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, in_channels, loss_cls=loss_cls, **kwargs)
        if labels is not None and len(labels) != num_classes:
            raise ValueError(f'num_classes ({num_classes}) must be the number of labels, {len(labels)}.')
        if text_encoder is not None and labels is None:
            raise ValueError('text_encoder needs labels, the names of the classes.')
        self.labels = labels
        self.text_encoder = text_encoder
        self.vocab = vocab
        self.templates = templates
        self.class_embedding = nn.Parameter(in_channels**-0.5 * torch.randn(num_classes, in_channels))
        # The upper limit in CLIP's training, which it reaches.
        self.logit_scale = nn.Parameter(torch.tensor(math.log(100)))

    def init_weights(self) -> None:
        """Initialize, then let the text encoder, if there is one, make the classes."""
        super().init_weights()
        if self.text_encoder is None or self.labels is None:
            return
        file = weights_in(self.text_encoder)
        tokenizer = CLIPTokenizer.from_file(file if self.vocab is None else self.vocab)
        clip = load_clip(file)
        self.set_classes(text_features(clip, tokenizer, self.labels, self.templates), clip.logit_scale)

    @torch.no_grad()
    def set_classes(self, embedding: Tensor, logit_scale: Tensor | None = None) -> None:
        """Set the features of the classes (C, D), and the logarithm of the scale of the similarities.

        Raises:
            ValueError: the features have another shape.
        """
        if embedding.shape != self.class_embedding.shape:
            raise ValueError(
                f'The features of the classes are {tuple(embedding.shape)}; num_classes and in_channels are '
                f'{tuple(self.class_embedding.shape)}.'
            )
        self.class_embedding.copy_(embedding)
        if logit_scale is not None:
            self.logit_scale.copy_(logit_scale)

    def forward(self, x: Tensor, num_segs: int = 1, **kwargs: Any) -> Tensor:
        """Classify (N * num_segs, D), ``num_segs`` frames per video: (N, C)."""
        video = x.unflatten(0, (-1, num_segs)).mean(dim=1)  # (N * S, D) -> (N, D)
        similarity = F.normalize(video, dim=-1) @ F.normalize(self.class_embedding, dim=-1).T.to(x.dtype)
        return self.logit_scale.exp() * similarity
