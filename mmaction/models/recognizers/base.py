"""Base of the recognizers."""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, get_args

import torch
from mmengine.model import BaseModel
from mmengine.model import merge_dict as merge_dict
from torch import Tensor, nn

from mmaction.models.backbones.third_party import build_third_party, source_of
from mmaction.models.base import Model, build
from mmaction.models.heads.base import BaseHead
from mmaction.models.options import PredictOptions, ViewLimit, check_average_clips, check_view_limit, option, takes
from mmaction.models.recognizers._views import MixesFrames, pooled_features
from mmaction.structures import ActionDataSample
from mmaction.utils.check import known_keys, pick

Stage = Literal['backbone', 'neck', 'head']
Feats = Tensor | Sequence[Tensor]
check_known = known_keys  # former name
# Values of the inputs that a CPU runs in one pass: those of 8 frames of 224 x 224.
_CPU_ELEMENTS = 8 * 3 * 224 * 224


class BaseRecognizer(Model, metaclass=ABCMeta):
    """A backbone, an optional neck and a classification head.

    A subclass defines :meth:`extract_feat`; or ``forward_train(imgs, labels)``, which returns losses, and
    ``forward_test(imgs)``, which returns one row of scores per sample, as in the 0.x line.

    Args:
        backbone: config of the backbone, or the module. A type with the prefix ``torchvision.``, ``timm.``,
            ``mmpretrain.`` or ``mmcls.`` is taken from another library.
        cls_head: config of the head. None for features only.
        neck: config of the neck.
        train_cfg: ``aux_info`` (names of fields of the data samples that the loss function takes besides scores and
            labels) and ``blending`` (for the data preprocessor).
        test_cfg: ``average_clips`` (of the head), ``max_testing_views`` (how many views run through the backbone at
            once; limits the memory, the result is the same), ``feature_extraction`` (predict pooled features (N, C)
            in place of scores) and ``fcn_test`` (passed to the head).
        data_preprocessor: config of the data preprocessor. Default: ``ActionDataPreprocessor``.

    Raises:
        ValueError: ``train_cfg`` or ``test_cfg`` has an unknown key, or a value out of range. A subclass defined
            outside of the package may read keys of its own, so its configs are not checked for unknown keys.
    """

    # Arrangement of the features, as FeatureHead names it. None: one map per frame or view.
    feature_layout: ClassVar[str | None] = None
    _TRAIN_KEYS: ClassVar[tuple[str, ...]] = ('aux_info', 'blending')
    _TEST_KEYS: ClassVar[tuple[str, ...]] = ('average_clips', 'max_testing_views', 'feature_extraction', 'fcn_test')

    backbone: nn.Module
    neck: nn.Module
    cls_head: BaseHead

    def __init__(
        self,
        backbone: dict | nn.Module,
        cls_head: dict | nn.Module | None = None,
        neck: dict | nn.Module | None = None,
        train_cfg: dict | None = None,
        test_cfg: dict | None = None,
        data_preprocessor: dict | nn.Module | None = None,
    ) -> None:
        if data_preprocessor is None:
            data_preprocessor = dict(type='ActionDataPreprocessor')
        super().__init__(data_preprocessor=build(data_preprocessor))
        self.train_cfg = self._checked_cfg('train_cfg', train_cfg, self._TRAIN_KEYS)
        self.test_cfg = self._checked_cfg('test_cfg', test_cfg, self._TEST_KEYS)
        self.aux_info = tuple(self.train_cfg.get('aux_info') or ())
        self.max_testing_views = check_view_limit('max_testing_views', self.test_cfg.get('max_testing_views'))
        if self.train_cfg.get('blending') is not None:
            self.data_preprocessor.blending = build(self.train_cfg['blending'])
        # The attributes of MMAction2, which copies of its extract_feat read.
        self.backbone_from, self.feature_shape = source_of(backbone)
        self.backbone = self._build_backbone(backbone)
        if neck is not None:
            self.neck = build(neck)
        if cls_head is not None:
            self.cls_head = build(cls_head)
        if 'average_clips' in self.test_cfg:
            check_average_clips(self.test_cfg['average_clips'])
            if self.with_cls_head:
                self.cls_head.average_clips = self.test_cfg['average_clips']
        # Applies frozen_stages, before an optimizer or DistributedDataParallel asks which parameters need gradients.
        self.backbone.train(self.backbone.training)

    def _checked_cfg(self, name: str, cfg: dict | None, keys: Sequence[str]) -> dict[str, Any]:
        # The keys that a user's subclass reads are known only to it, and a check would reject them. A misspelt key of
        # our own classes, on the other hand, would silently have no effect.
        is_ours = type(self).__module__.startswith('mmaction.')
        return known_keys(name, cfg, keys) if is_ours else dict(cfg or {})

    @staticmethod
    def _build_backbone(cfg: dict | nn.Module) -> nn.Module:
        if not isinstance(cfg, nn.Module):
            foreign = build_third_party(cfg)
            if foreign is not None:
                return foreign
        return build(cfg)

    @property
    def with_neck(self) -> bool:
        """True if there is a neck."""
        return getattr(self, 'neck', None) is not None

    @property
    def with_cls_head(self) -> bool:
        """True if there is a classification head."""
        return getattr(self, 'cls_head', None) is not None

    @property
    def num_segments(self) -> int | None:
        """Frames per clip, for a 2D backbone that mixes them; None for other backbones."""
        return self.backbone.num_segments if isinstance(self.backbone, MixesFrames) else None

    @property
    def limits_views(self) -> bool:
        """True if :meth:`predict` accepts ``views_at_once``: a subclass may override it without options."""
        return (
            takes(self.forward, 'options')
            and takes(self.predict, 'options')
            and takes(self.extract_feat, 'views_at_once')
            and type(self).test_step is BaseModel.test_step
            and not hasattr(self, 'forward_test')  # of 0.x: passes all views at once
        )

    def extract_feat(
        self,
        inputs: Any,
        stage: Stage = 'neck',
        data_samples: Sequence[ActionDataSample] | None = None,
        test_mode: bool = False,
        views_at_once: ViewLimit = 'default',
    ) -> Any:
        """Features of the inputs up to a stage; the class of the recognizer describes inputs and features.

        Args:
            inputs: the batch.
            stage: last part to run: ``'backbone'``, ``'neck'`` (the same without a neck) or ``'head'`` (logits).
            data_samples: labels, for a neck with a loss of its own.
            test_mode: whether ``test_cfg`` applies.
            views_at_once: upper limit of the views in one pass through the backbone; see :class:`PredictOptions`.

        Returns:
            The features, and a dict of what :meth:`loss` and :meth:`predict` pass to the head: ``fcn_test``; after the
            backbone also ``loss_aux``, the losses of the neck. Here, for recognizers in the style of 0.x, the features
            of the backbone alone.
        """
        return self.backbone(inputs)

    def tensor(self, inputs: Any, data_samples: Sequence[ActionDataSample] | None = None, **kwargs: Any) -> Any:
        """Features of the backbone; of another part with ``stage``, such as class scores with ``stage='head'``."""
        return self._forward(inputs, **kwargs)

    # Under the name of MMAction2, which subclasses override.
    def _forward(self, inputs: Any, stage: Stage = 'backbone', **kwargs: Any) -> Any:
        """Features of the inputs, without the keywords of the head; the arguments are those of :meth:`extract_feat`."""
        # A recognizer in the style of 0.x has `extract_feat(imgs)`, without stages.
        if takes(self.extract_feat, 'stage'):
            kwargs['stage'] = stage
        feats = self.extract_feat(inputs, **kwargs)
        # In that style, the features of a network with two outputs are a tuple of two as well.
        of_0x = hasattr(self, 'forward_test') or type(self).extract_feat is BaseRecognizer.extract_feat
        is_pair = isinstance(feats, tuple) and len(feats) == 2
        return feats[0] if is_pair and not of_0x else feats

    def loss(
        self, inputs: Any, data_samples: Sequence[ActionDataSample] | None = None, **kwargs: Any
    ) -> dict[str, Tensor]:
        """Losses and training accuracies of a batch; further keywords go to :meth:`extract_feat`."""
        if not data_samples:
            raise ValueError("mode='loss' needs the labels in data_samples, got none.")
        if hasattr(self, 'forward_train'):
            labels = torch.stack([torch.as_tensor(sample.gt_label) for sample in data_samples]).squeeze(-1)
            return self.forward_train(inputs, labels)
        if not self.with_cls_head:
            raise ValueError(f'{type(self).__name__} has no cls_head to compute a loss with.')
        feats, head_kwargs = self.extract_feat(inputs, data_samples=data_samples, **kwargs)
        loss_aux = head_kwargs.pop('loss_aux', {})
        aux_inputs = {}
        for name in self.aux_info:
            aux_inputs[name] = torch.stack([sample.get(name) for sample in data_samples]).to(inputs.device)
        if aux_inputs:
            head_kwargs['aux_inputs'] = aux_inputs
        return {**self.cls_head.loss(feats, data_samples, **head_kwargs), **loss_aux}

    def predict(
        self,
        inputs: Any,
        data_samples: Sequence[ActionDataSample] | None = None,
        options: PredictOptions = PredictOptions(),
        **kwargs: Any,
    ) -> Any:
        """Predict the class scores of a batch.

        Args:
            inputs: the batch.
            data_samples: get the predictions; new ones by default.
            options: override settings of the model for this call.
            **kwargs: arguments of :meth:`extract_feat`.

        Returns:
            Data samples with ``pred_score`` and ``pred_label``; with ``feature_extraction`` a tensor (N, C).

        Raises:
            ValueError: a subclass overrides a part that an option is for and does not take the option.
        """
        if data_samples is None:
            data_samples = [ActionDataSample() for _ in range(len(inputs))]
        if hasattr(self, 'forward_test'):
            scores = self.forward_test(inputs, **option(self.forward_test, 'options', options))
            for sample, score in zip(data_samples, torch.as_tensor(scores)):
                sample.set_pred_score(score).set_pred_label(score.argmax(-1, keepdim=True))
            return data_samples
        limit = option(self.extract_feat, 'views_at_once', options.views_at_once)
        feats, head_kwargs = self.extract_feat(inputs, test_mode=True, **limit, **kwargs)
        if self.test_cfg.get('feature_extraction'):
            return pooled_features(feats, len(data_samples))
        return self.predict_by_head(feats, head_kwargs, data_samples, options)

    def predict_by_head(
        self,
        feats: Feats,
        head_kwargs: dict[str, Any],
        data_samples: Sequence[ActionDataSample],
        options: PredictOptions = PredictOptions(),
    ) -> Any:
        """Let the head predict.

        Args:
            feats: features of :meth:`extract_feat`, after the neck.
            head_kwargs: the keywords that it returned along with them.
            data_samples: get the predictions.
            options: of the prediction.
        """
        if not self.with_cls_head:
            raise ValueError(
                f'{type(self).__name__} has no cls_head to predict with. '
                'Set feature_extraction=True in test_cfg to predict features.'
            )
        average_clips = options.average_clips
        # The head's own setting is not passed on, so that a head which takes no options can be used with it.
        if isinstance(self.cls_head, BaseHead) and average_clips == self.cls_head.average_clips:
            average_clips = 'default'
        keywords = {name: value for name, value in head_kwargs.items() if name != 'loss_aux'}
        keywords.update(option(self.cls_head.predict, 'average_clips', average_clips))
        return self.cls_head.predict(feats, data_samples, **keywords)

    def _view_limit(
        self, inputs: Tensor | Mapping[str, Tensor], test_mode: bool, views_at_once: ViewLimit
    ) -> int | None:
        """Upper limit of the views in one pass; training has none.

        The scores do not depend on it, time and memory do. On a CPU it is set where neither the call nor the config
        sets one: all 250 frames of TSN's test in one pass take 1.7 times as long as 8 by 8, and 3.5 times the memory.
        """
        if not test_mode:
            return None
        if views_at_once != 'default' or self.max_testing_views is not None:
            return self.max_testing_views if views_at_once == 'default' else views_at_once
        tensors = [*inputs.values()] if isinstance(inputs, Mapping) else [inputs]
        if self.training or torch.is_grad_enabled() or any(tensor.device.type != 'cpu' for tensor in tensors):
            return None
        view = sum(tensor.shape[2:].numel() for tensor in tensors)  # (N, views, ...)
        return max(1, _CPU_ELEMENTS // max(1, view * (self.num_segments or 1)))

    def _head_kwargs(self, test_mode: bool) -> dict[str, Any]:
        """The arguments of the head that come from ``test_cfg``."""
        return {'fcn_test': True} if test_mode and self.test_cfg.get('fcn_test') else {}

    def _finish(self, feats: Feats, stage: Stage, kwargs: dict[str, Any]) -> tuple[Feats, dict[str, Any]]:
        """The result of :meth:`extract_feat` from the features of the backbone or neck."""
        if stage == 'backbone':
            return feats, kwargs
        kwargs.setdefault('loss_aux', {})
        if stage == 'head':
            return self._run_head(feats, kwargs), kwargs
        return feats, kwargs

    def _run_head(self, feats: Feats, kwargs: dict[str, Any]) -> Tensor:
        if not self.with_cls_head:
            raise ValueError(f"{type(self).__name__} has no cls_head, which stage='head' needs.")
        return self.cls_head(feats, **{name: value for name, value in kwargs.items() if name != 'loss_aux'})


def check_inputs(inputs: Tensor, stage: str, layout: Sequence[str]) -> None:
    """Raise ValueError unless the inputs have the dimensions of the layout and the stage exists."""
    pick(get_args(Stage), stage, 'stage')
    if inputs.ndim != len(layout):
        raise ValueError(
            f'inputs must have {len(layout)} dimensions ({", ".join(layout)}), got shape {tuple(inputs.shape)}.'
        )
