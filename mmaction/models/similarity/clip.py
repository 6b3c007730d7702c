"""CLIP: encoders of images and texts into one space (Radford et al., 2021, https://arxiv.org/abs/2103.00020)."""

from __future__ import annotations

import math

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmaction.models.backbones.vit.clip import CLIPImageEncoder
from mmaction.models.common.clip_arch import CLIPArch, arch_of_config, arch_of_weights
from mmaction.models.common.clip_block import CLIPTransformer
from mmaction.weights import load, load_weights, translate
from mmaction.weights.folder import config_beside, weights_in
from mmaction.weights.tables.clip import CLIP4CLIP, CLIP_HF, CLIP_NUMBERS


class CLIP(BaseModule):
    """CLIP with a vision transformer; names of the weights are those of its authors.

    Args:
        arch: sizes.
    """

    def __init__(self, arch: CLIPArch) -> None:
        super().__init__()
        self.arch = arch
        self.visual = CLIPImageEncoder(**arch.vision())
        width = arch.text_width
        self.transformer = CLIPTransformer(
            width, arch.text_layers, arch.text_heads, causal=True, activation=arch.activation
        )
        self.token_embedding = nn.Embedding(arch.vocab_size, width)
        self.positional_embedding = nn.Parameter(0.01 * torch.randn(arch.context_length, width))
        self.ln_final = nn.LayerNorm(width)
        self.text_projection = nn.Parameter(width**-0.5 * torch.randn(width, arch.embed_dim))
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        nn.init.normal_(self.token_embedding.weight, std=0.02)

    def load_pretrained(self, source: str) -> None:
        """Load weights by CLIP's authors, from Hugging Face, or of CLIP4Clip; a folder is one of Hugging Face."""
        load(self, weights_in(source), tables=(CLIP_HF, CLIP4CLIP), ignore=CLIP_NUMBERS)

    def encode_image(self, images: Tensor) -> Tensor:
        """Features of images: (N, 3, H, W) -> (N, D)."""
        return self.visual(images)

    def encode_text(self, text: Tensor) -> Tensor:
        """Features of texts, at their last token: ids (N, L) -> (N, D).

        Raises:
            ValueError: L is beyond the length that the encoder was built for.
        """
        if text.shape[1] > len(self.positional_embedding):
            raise ValueError(f'The texts have {text.shape[1]} tokens; the limit is {len(self.positional_embedding)}.')
        x = self.token_embedding(text)  # (N, L) -> (N, L, C)
        x = x + self.positional_embedding[: text.shape[1]].to(x.dtype)
        x = self.ln_final(self.transformer(x))
        # The token of the end has the largest id.
        x = x[torch.arange(len(x), device=x.device), text.argmax(dim=-1)]
        return x @ self.text_projection.to(x.dtype)


def load_clip(source: str) -> CLIP:
    """Build CLIP in the sizes of its weights, and load them.

    Args:
        source: file of weights by CLIP's authors, from Hugging Face, or of CLIP4Clip; or a folder of Hugging Face. A
            ``config.json`` in the same folder gives the sizes, else the shapes of the weights do.

    Returns:
        The model, in evaluation mode.

    Raises:
        ValueError: the weights are not those of CLIP with a vision transformer.
    """
    file = weights_in(source)
    config = config_beside(file)
    if config is not None:
        arch = arch_of_config(config)
    else:
        arch = arch_of_weights(translate(load_weights(file), (CLIP_HF, CLIP4CLIP)).state)
    model = CLIP(arch)
    model.load_pretrained(file)
    return model.eval()
