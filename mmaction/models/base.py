"""Base of all models: one call, three modes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from mmengine.model import BaseModel
from torch import Tensor, nn

from mmaction.models.options import PredictOptions, option
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.utils.check import pick
from mmaction.utils.overrides import ReportsUnusedHooks

Mode = Literal['tensor', 'predict', 'loss']
Samples = Sequence[ActionDataSample]


def build(cfg: dict | nn.Module) -> Any:
    """Build a part of a model from its config, or pass a finished module through."""
    if isinstance(cfg, nn.Module):  # in code, parts are often built before the model
        return cfg
    return MODELS.build(cfg)


class Model(ReportsUnusedHooks, BaseModel):
    """A network that is trained, tested and inspected through one call.

    Each mode is the method of its name; a subclass defines them and leaves :meth:`forward` alone. A model without one
    of them, such as a pre-training model that predicts nothing, lists the others in ``modes``.
    """

    modes: ClassVar[tuple[str, ...]] = ('tensor', 'predict', 'loss')

    def forward(
        self,
        inputs: Any,
        data_samples: Any = None,
        mode: Any = 'tensor',
        *,
        options: PredictOptions = PredictOptions(),
        **kwargs: Any,
    ) -> Any:
        """Run the model.

        Args:
            inputs: the batch, as the data preprocessor returns it.
            data_samples: one sample per video: ground truth for ``'loss'``, meta information for ``'predict'``.
            mode: ``'tensor'`` returns the outputs of the network, ``'predict'`` predictions, ``'loss'`` a dict of
                losses.
            options: of the prediction, for ``'predict'``.
            **kwargs: further arguments of the method that runs.

        Raises:
            ValueError: the model has no such mode, or its :meth:`predict` takes no options and some are given.
        """
        # Checked by `in` first: `pick` words the error, but torch.compile need not trace it.
        if mode not in self.modes:
            pick(self.modes, mode, 'mode')
        inputs = self._checked_inputs(inputs, data_samples, mode)
        if mode == 'tensor':
            return self.tensor(inputs, data_samples, **kwargs)
        if mode == 'predict':
            return self.predict(inputs, data_samples, **option(self.predict, 'options', options), **kwargs)
        return self.loss(inputs, data_samples, **kwargs)

    def _checked_inputs(self, inputs: Any, data_samples: Samples | None, mode: Mode) -> Any:
        """The inputs in the form that the three methods take; a subclass raises ValueError for those it cannot use."""
        return inputs

    # The signatures are open, since the inputs of a recognizer, a localizer and a multi-modal model differ in kind.

    def tensor(self, *args: Any, **kwargs: Any) -> Any:
        """Outputs of the network, without post-processing."""
        raise NotImplementedError

    def predict(self, *args: Any, **kwargs: Any) -> Any:
        """Predictions, one per sample."""
        raise NotImplementedError

    def loss(self, *args: Any, **kwargs: Any) -> dict[str, Tensor]:
        """Losses (and accuracies) by name."""
        raise NotImplementedError
