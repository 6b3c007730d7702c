"""CLIP4Clip (Luo et al., 2021, https://arxiv.org/abs/2104.08860): similarity of videos and texts."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from mmengine.dist import all_gather, get_rank, get_world_size
from mmengine.logging import print_log
from mmengine.structures import InstanceData
from torch import Tensor, nn

from mmaction.models.base import Model, build
from mmaction.models.common.clip_arch import clip_arch as find_arch
from mmaction.models.similarity.clip import CLIP
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.weights.tables.clip import CLIP_HUB

if TYPE_CHECKING:
    from typing_extensions import Self

Inputs = Mapping[str, Tensor]
# parts of CLIP behind its blocks, which train whatever is frozen
_HEADS = ('ln_final.', 'text_projection', 'logit_scale', 'visual.ln_post.', 'visual.proj')
_BLOCK = re.compile(r'(?:visual\.)?transformer\.resblocks\.(\d+)\.')


@MODELS.register_module()
class CLIPSimilarity(Model):
    """CLIP's encoders, and an adapter that makes one feature of those of the frames.

    Inputs are a dict of ``imgs`` (B, N, 3, H, W), N frames per video, and ``text`` (B, L), token ids. CLIP's weights
    are ``pretrained``, which :meth:`init_weights` loads, or part of a checkpoint.

    Args:
        clip_arch: ``'ViT-B/32'``, ``'ViT-B/16'``, ``'ViT-L/14'``, ``'ViT-L/14@336px'``; or a dict of sizes, the
            arguments of :class:`~mmaction.models.common.clip_arch.CLIPArch`.
        data_preprocessor: config of the data preprocessor.
        adapter: config of the adapter: :class:`SimpleMeanAdapter` or :class:`TransformerAdapter`.
        to_float32: a keyword of published configs without effect: the weights are float32. For half precision, train
            with ``AmpOptimWrapper``.
        frozen_layers: -1: everything trains. k >= 0: what precedes the blocks, and the first k blocks of both
            encoders, do not.
        loss: config of the loss, for each of the two directions.
        pretrained: file or folder of CLIP's weights, by its authors or from Hugging Face; or a URL.
    """

    def __init__(
        self,
        clip_arch: str | dict,
        data_preprocessor: dict[str, dict],
        adapter: dict,
        to_float32: bool = False,
        frozen_layers: int = -1,
        loss: dict = dict(type='CrossEntropyLoss', loss_weight=0.5),
        *,
        pretrained: str | None = None,
    ) -> None:
        super().__init__(data_preprocessor=build(data_preprocessor))
        self.clip = CLIP(find_arch(clip_arch))
        self.to_float32 = to_float32
        self.loss_fn: nn.Module = build(loss)
        self.adapter: nn.Module = build(adapter)
        if frozen_layers < -1:
            raise ValueError(f'frozen_layers ({frozen_layers}) must be at least -1: -1 freezes nothing.')
        self.frozen_layers = frozen_layers
        self.pretrained = pretrained
        self.hub_name = CLIP_HUB.get(clip_arch) if isinstance(clip_arch, str) else None
        self._freeze_stages()

    def init_weights(self) -> None:
        """Initialize, then load ``pretrained``."""
        super().init_weights()
        if self.pretrained is not None:
            self.clip.load_pretrained(self.pretrained)
        elif self.hub_name is not None:
            print_log(
                'CLIP starts from random weights unless a checkpoint (load_from, resume) follows. Set model.pretrained '
                f"to CLIP's weights, such as a folder with {self.hub_name} of Hugging Face.",
                logger='current',
                level=logging.WARNING,
            )

    def encode_video(self, video: Tensor) -> Tensor:
        """Features of videos: (B, N, 3, H, W) -> (B, D)."""
        frames = self.encode_image(video.flatten(0, 1))  # (B * N, D)
        return self.adapter(frames.unflatten(0, video.shape[:2]))

    def encode_image(self, image: Tensor) -> Tensor:
        """Features of images: (N, 3, H, W) -> (N, D)."""
        return self.clip.encode_image(image)

    def encode_text(self, text: Tensor) -> Tensor:
        """Features of texts: ids (N, L) -> (N, D)."""
        return self.clip.encode_text(text)

    def extract_feat(self, inputs: Inputs, norm: bool = True) -> tuple[Tensor, Tensor]:
        """Features of videos and texts, each (B, D); of length 1 with ``norm``."""
        video = self.encode_video(inputs['imgs'])
        text = self.encode_text(inputs['text'])
        if norm:
            video, text = F.normalize(video, dim=-1), F.normalize(text, dim=-1)
        return video, text

    def tensor(self, inputs: Inputs, data_samples: Any = None) -> tuple[Tensor, Tensor]:
        """Features of videos and texts, each (B, D), as the encoders give them."""
        return self.extract_feat(inputs, norm=False)

    def loss(self, inputs: Inputs, data_samples: Any = None) -> dict[str, Tensor]:
        """Losses ``sim_loss_v2t`` and ``sim_loss_t2v``: each video among all texts of the batch, and the reverse."""
        video, text = (gather_with_own_gradient(feature) for feature in self.extract_feat(inputs))
        similarity = self.clip.logit_scale.exp() * video @ text.T  # (B, B), the batches of all processes
        own = torch.arange(len(similarity), device=similarity.device)
        return dict(sim_loss_v2t=self.loss_fn(similarity, own), sim_loss_t2v=self.loss_fn(similarity.T, own))

    def predict(
        self, inputs: Inputs, data_samples: Sequence[ActionDataSample] | None = None
    ) -> Sequence[ActionDataSample]:
        """Data samples with ``features``: ``video_feature`` and ``text_feature`` (D,), of length 1."""
        video, text = self.extract_feat(inputs)
        if data_samples is None:
            data_samples = [ActionDataSample() for _ in video]
        for sample, video_feature, text_feature in zip(data_samples, video, text):
            sample.features = InstanceData(video_feature=video_feature, text_feature=text_feature)
        return data_samples

    def train(self, mode: bool = True) -> Self:
        """Switch to training mode, except for the frozen parts."""
        super().train(mode)
        self._freeze_stages()
        return self

    def _freeze_stages(self) -> None:
        if self.frozen_layers < 0:
            return
        for name, parameter in self.clip.named_parameters():
            block = _BLOCK.match(name)
            trains = name.startswith(_HEADS) if block is None else int(block[1]) >= self.frozen_layers
            if not trains:
                parameter.requires_grad_(False)


def gather_with_own_gradient(x: Tensor) -> Tensor:
    """Rows of all processes, (B, D) -> (world size * B, D); only those of this process carry a gradient."""
    if get_world_size() == 1:
        return x
    parts = all_gather(x.detach().contiguous())
    parts[get_rank()] = x
    return torch.cat(parts)
