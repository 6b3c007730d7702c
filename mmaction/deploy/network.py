"""The part of a model that is exported: from normalized inputs to the outputs of the network."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from mmaction.models import BaseRecognizer
from mmaction.models.localizers.base import Localizer


class RecognizerNetwork(nn.Module):
    """Class scores of all views of a batch, (N * views, classes).

    Args:
        model: the recognizer.
        softmax: return probabilities instead of scores.
    """

    def __init__(self, model: BaseRecognizer, softmax: bool = False) -> None:
        super().__init__()
        self.model = model
        self.softmax = softmax

    def forward(self, inputs: Tensor) -> Tensor:
        """Run backbone, neck and head; nothing is averaged over the views."""
        scores = self.model.extract_feat(inputs, stage='head', test_mode=True, views_at_once=None)[0]
        return scores.softmax(dim=-1) if self.softmax else scores


class OneClipNetwork(nn.Module):
    """Class scores (N, classes) of a recognizer for one clip per sample: its inputs without the dimension of clips.

    Args:
        model: a recognizer whose second dimension counts clips.
    """

    def __init__(self, model: BaseRecognizer) -> None:
        super().__init__()
        self.model = model

    def forward(self, inputs: Tensor) -> Tensor:
        """Run backbone and head."""
        scores: Tensor = self.model.extract_feat(inputs[:, None], stage='head')[0]
        return scores


class LocalizerNetwork(nn.Module):
    """Outputs of a localizer before their post-processing."""

    def __init__(self, model: Localizer) -> None:
        super().__init__()
        self.model = model

    def forward(self, inputs: Tensor) -> Any:
        """Run the network on features."""
        return self.model.tensor(inputs)


class DummyNetwork(nn.Module):
    """A model of the user's with the method that MMAction2 0.x exports, ``forward_dummy(imgs, softmax=False)``."""

    def __init__(self, model: Any, softmax: bool = False) -> None:
        super().__init__()
        self.model = model
        self.keywords = {'softmax': True} if softmax else {}

    def forward(self, inputs: Tensor) -> Any:
        """Call the method."""
        return self.model.forward_dummy(inputs, **self.keywords)


def network_of(model: nn.Module, softmax: bool = False) -> nn.Module:
    """Wrap the part of a model that is exported.

    Args:
        model: a recognizer, a localizer, or a model with ``forward_dummy``.
        softmax: whether a recognizer returns probabilities.

    Raises:
        ValueError: the model is of another kind, or a localizer with ``softmax``.
    """
    if hasattr(model, 'forward_dummy'):
        return DummyNetwork(model, softmax)
    if isinstance(model, BaseRecognizer):
        return RecognizerNetwork(model, softmax)
    if not isinstance(model, Localizer):
        raise ValueError(
            f'{type(model).__name__} cannot be exported: it is no recognizer and no localizer. Give it a method '
            'forward_dummy(inputs), which returns the tensors to export.'
        )
    if softmax:
        raise ValueError(f'softmax is for recognizers; {type(model).__name__} returns no class scores.')
    return LocalizerNetwork(model)
