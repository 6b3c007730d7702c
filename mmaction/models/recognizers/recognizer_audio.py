"""Recognizer of sound."""

from __future__ import annotations

from mmaction.models.recognizers._clips import ClipRecognizer
from mmaction.registry import MODELS


@MODELS.register_module()
class RecognizerAudio(ClipRecognizer):
    """Runs a 2D backbone over the spectrograms of all clips of the batch; the head averages the clips of a sample.

    Takes (N, V, C, T, F), V clips a sample; the backbone gives (N * V, C', T', F').

    Args:
        *args: of :class:`BaseRecognizer`, like the keywords.
        **kwargs: ``neck`` must be None.
    """

    layout = ('batch', 'clips', 'channels', 'time', 'frequency')
