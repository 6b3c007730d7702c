"""Dense Regression Network (Zeng et al., 2020, https://arxiv.org/abs/2004.03545).

Legend: N pairs of a video and a sentence, P proposals of a video, C channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mmaction.models.base import Mode, Samples
from mmaction.models.common.feature_inputs import Inputs, check_finite, instance_field, video_name
from mmaction.models.localizers.base import Localizer
from mmaction.models.localizers.drn.drn_utils import FPN, Backbone, FCOSModule, QueryEncoder
from mmaction.models.localizers.utils import temporal_iou
from mmaction.registry import MODELS
from mmaction.utils.check import warn_unread

POSITION_DIM = 256
MAX_PREDICTIONS = 6  # per sentence; recall is measured among the first five


@MODELS.register_module()
class DRN(Localizer):
    """Localization of a sentence in a video: every position within the described segment regresses its start and end.

    It is trained in three stages: positions and distances; then, with everything else frozen, the head that predicts
    the IoU; then all parameters.

    Args:
        vocab_size: number of words.
        hidden_dim: channels of the LSTM per direction.
        embed_dim: channels per word.
        bidirection: whether the LSTM also reads backwards.
        first_output_dim: channels of the finest level; the next levels have twice and four times as many.
        fpn_feature_dim: channels of the pyramid.
        feature_dim: channels C of the features.
        lstm_layers: layers of the LSTM.
        fcos_pre_nms_top_n: maximum number of positions per level.
        fcos_inference_thr: probability above which a position is a detection.
        fcos_prior_prob: initial probability that a position is inside.
        focal_alpha: weight of the positives in the focal loss.
        focal_gamma: exponent of the focal loss.
        fpn_stride: step between positions of the three levels, in proposals.
        fcos_nms_thr: see :class:`~mmaction.models.localizers.drn.drn_utils.FCOSModule`.
        fcos_conv_layers: convolutions of each tower of the head.
        fcos_num_class: number of classes, including the background.
        is_first_stage: whether to train the first stage.
        is_second_stage: whether to train the second stage.
        init_cfg: config of the initialization.
        graph_node_features: accepted for the configs of MMAction2; unused.
        **unread: ignored with a warning, as MMAction2 accepts them.
    """

    def __init__(
        self,
        vocab_size: int = 1301,
        hidden_dim: int = 512,
        embed_dim: int = 300,
        bidirection: bool = True,
        first_output_dim: int = 256,
        fpn_feature_dim: int = 512,
        feature_dim: int = 4096,
        lstm_layers: int = 1,
        fcos_pre_nms_top_n: int = 32,
        fcos_inference_thr: float = 0.05,
        fcos_prior_prob: float = 0.01,
        focal_alpha: float = 0.25,
        focal_gamma: float = 2.0,
        fpn_stride: Sequence[int] = (1, 2, 4),
        fcos_nms_thr: float = 0.6,
        fcos_conv_layers: int = 1,
        fcos_num_class: int = 2,
        is_first_stage: bool = False,
        is_second_stage: bool = False,
        init_cfg: dict | list[dict] | None = None,
        *,
        graph_node_features: int = 1024,
        **unread: Any,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        warn_unread(self, unread)
        if len(fpn_stride) != 3:
            raise ValueError(f'fpn_stride ({tuple(fpn_stride)}) must have three entries, one per level.')
        self.feature_dim = feature_dim
        self.graph_node_features = graph_node_features
        self.is_second_stage = is_second_stage
        self.query_encoder = QueryEncoder(vocab_size, hidden_dim, embed_dim, lstm_layers, bidirection)
        widths = [first_output_dim * factor for factor in (1, 2, 4)]
        self.backbone_net = Backbone(
            [
                (feature_dim + POSITION_DIM, widths[0], 3, 1),
                (widths[0], widths[1], 3, 2),
                (widths[1], widths[2], 3, 2),
            ]
        )
        self.fpn = FPN(widths, fpn_feature_dim)
        self.fcos = FCOSModule(
            fpn_feature_dim,
            fcos_num_class,
            fcos_conv_layers,
            fcos_prior_prob,
            fcos_inference_thr,
            fcos_pre_nms_top_n,
            fcos_nms_thr,
            test_detections_per_img=32,
            fpn_stride=fpn_stride,
            focal_alpha=focal_alpha,
            focal_gamma=focal_gamma,
            is_first_stage=is_first_stage,
            is_second_stage=is_second_stage,
        )
        self.prop_fc = nn.Linear(feature_dim, feature_dim)
        self.position_transform = nn.Linear(3, POSITION_DIM)
        text_dim = self.query_encoder.out_dim
        self.qInput = nn.ModuleList([nn.Linear(text_dim, width) for width in (feature_dim, *widths[:2])])
        if is_second_stage:
            for name, parameter in self.named_parameters():
                parameter.requires_grad_('mix_fc' in name or 'iou_scores' in name)

    def forward(self, inputs: Any, data_samples: Any = None, mode: Any = 'loss', **kwargs: Any) -> Any:
        """Run the model.

        Args:
            inputs: (N, P, C), or N of (P, C); P is a multiple of 4, 32 in the paper.
            data_samples: with ``proposals.proposals`` (P, 2), starts and ends in 0..1; ``query_tokens`` (L,) and
                ``query_length``; ``gt_instances.gt_bbox`` (2,) (or equal rows), start and end in 0..1; for 'predict'
                also ``vid_name``. Every mode needs them, because the network reads the sentence.
            mode: 'tensor' for the features of the pyramid, 'predict' or 'loss'.
            **kwargs: see :meth:`Model.forward`.
        """
        return super().forward(inputs, data_samples, mode, **kwargs)

    def tensor(self, inputs: Tensor, data_samples: Samples) -> tuple[Tensor, ...]:  # type: ignore[override]
        """Features of the pyramid's levels, (N, fpn_feature_dim, T) each, finest first."""
        proposals = self._proposals(data_samples, inputs)
        tokens, lengths = self._queries(data_samples, inputs.device)
        return self._forward(inputs, proposals, tokens, lengths)

    def loss(self, batch_inputs: Tensor, batch_data_samples: Samples, **kwargs: Any) -> dict[str, Tensor]:
        """Losses of the stage in training; ``batch_inputs`` is (N, P, C)."""
        levels = self.tensor(batch_inputs, batch_data_samples)
        return self.fcos(levels, self._targets(batch_data_samples, batch_inputs.device), mode='loss')[1]

    def predict(self, batch_inputs: Tensor, batch_data_samples: Samples, **kwargs: Any) -> list[dict[str, Any]]:
        """Detections of each pair.

        Returns:
            Dicts with ``vid_name``, ``gt`` and ``predictions`` (D, 3): start, end and score, best first, at most six.
        """
        found, _ = self.fcos(self.tensor(batch_inputs, batch_data_samples), mode='predict')
        gt_bbox = instance_field(batch_data_samples, 'gt_bbox')
        return [
            dict(
                vid_name=video_name([sample], 0),
                gt=gt.cpu().numpy(),
                predictions=self._suppress(detections['detections'], detections['scores']),
            )
            for sample, gt, detections in zip(batch_data_samples, gt_bbox, found)
        ]

    def _checked_inputs(self, inputs: Inputs, data_samples: Samples | None, mode: Mode) -> Tensor:
        if not data_samples:
            raise ValueError(f'DRN reads the sentences in data_samples in every mode, got {data_samples!r}.')
        return self._stack(inputs, data_samples)

    def _stack(self, inputs: Inputs, samples: Samples) -> Tensor:
        for index, features in enumerate(inputs):
            if features.dim() != 2 or features.shape[1] != self.feature_dim or len(features) % 4:
                raise ValueError(
                    f'The features of {video_name(samples, index)} are {tuple(features.shape)}; the model takes '
                    f'(proposals, {self.feature_dim}) with a multiple of 4 proposals.'
                )
        stacked = inputs if isinstance(inputs, Tensor) else torch.stack(list(inputs))
        return check_finite(stacked.float(), samples)

    @staticmethod
    def _proposals(samples: Samples, features: Tensor) -> Tensor:
        """Starts and ends of the proposals, (N, P, 2)."""
        for index, sample in enumerate(samples):
            if 'proposals' not in sample or 'proposals' not in sample.proposals:
                raise ValueError(
                    f"{video_name(samples, index)} has no 'proposals'; add them to the keys of "
                    "'PackLocalizationInputs'."
                )
        proposals = torch.stack([sample.proposals['proposals'].to(features.device).float() for sample in samples])
        if proposals.shape != (*features.shape[:2], 2):
            raise ValueError(
                f'The proposals are {tuple(proposals.shape)} for features of {tuple(features.shape)}; there must be a '
                'start and an end for each.'
            )
        return proposals

    def _queries(self, samples: Samples, device: torch.device) -> tuple[Tensor, Tensor]:
        """Words (N, L), padded with 0, and their number (N,)."""
        lengths = [int(sample.query_length) for sample in samples]
        tokens = torch.zeros(len(samples), max(lengths), dtype=torch.long)
        for index, (sample, length) in enumerate(zip(samples, lengths)):
            words = torch.as_tensor(sample.query_tokens).reshape(-1)[:length].long().cpu()
            if not 1 <= length == len(words):
                raise ValueError(
                    f'query_length of {video_name(samples, index)} is {length} and it has {len(words)} query_tokens; '
                    'a sentence needs at least one word.'
                )
            if not 0 <= int(words.min()) <= int(words.max()) <= self.query_encoder.vocab_size:
                raise ValueError(
                    f'query_tokens of {video_name(samples, index)} go up to {int(words.max())}, but vocab_size is '
                    f'{self.query_encoder.vocab_size}.'
                )
            tokens[index, :length] = words
        return tokens.to(device), torch.tensor(lengths)

    @staticmethod
    def _targets(samples: Samples, device: torch.device) -> Tensor:
        """Start and end of the described segments, (N, 2)."""
        rows = []
        for index, box in enumerate(instance_field(samples, 'gt_bbox', device)):
            box = box.float().reshape(-1, 2)
            if not (box == box[:1]).all():
                raise ValueError(
                    f'gt_bbox of {video_name(samples, index)} has {len(box)} different rows; a sentence describes one '
                    'segment.'
                )
            rows.append(box[0])
        return torch.stack(rows)

    def _forward(  # type: ignore[override]
        self, features: Tensor, proposals: Tensor, query_tokens: Tensor, query_length: Tensor
    ) -> tuple[Tensor, ...]:
        """Features of the pyramid's levels, (N, fpn_feature_dim, T) each, finest first."""
        commands = self.query_encoder(query_tokens, query_length)
        queries = [layer(command) for layer, command in zip(self.qInput, commands)]
        length = proposals[..., 1:] - proposals[..., :1]
        position = self.position_transform(torch.cat((proposals, length), dim=-1))  # (N, P, 256)
        x = self.prop_fc(features)
        return self.fpn(self.backbone_net(x.transpose(1, 2), queries, position.transpose(1, 2)))

    def _suppress(self, detections: Tensor, scores: Tensor) -> np.ndarray:
        table = torch.cat((detections, scores[:, None]), dim=1).detach().cpu().numpy()
        return table[self.nms_temporal(table[:, 0], table[:, 1], table[:, 2])[:MAX_PREDICTIONS]]

    @staticmethod
    def nms_temporal(start: np.ndarray, end: np.ndarray, score: np.ndarray, overlap: float = 0.45) -> np.ndarray:
        """Non-maximum suppression.

        Args:
            start: (D,).
            end: (D,).
            score: (D,).
            overlap: a segment is removed if its IoU with a better one is larger.

        Returns:
            Indices of the kept segments, best first.
        """
        start = np.asarray(start)
        end = np.asarray(end)
        score = np.asarray(score)
        if not len(start) == len(end) == len(score):
            raise ValueError(f'There are {len(start)} starts, {len(end)} ends and {len(score)} scores.')
        remaining = score.argsort(kind='stable')[::-1]
        kept = []
        while len(remaining):
            best = remaining[0]
            remaining = remaining[1:]
            kept.append(best)
            iou = temporal_iou(start[best], end[best], start[remaining], end[remaining])
            remaining = remaining[iou <= overlap]
        return np.array(kept, dtype=np.int64)
