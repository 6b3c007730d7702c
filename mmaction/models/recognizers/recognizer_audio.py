"""Recognizer of audio."""

from __future__ import annotations

from mmaction.models.recognizers._clips import ClipRecognizer
from mmaction.registry import MODELS


@MODELS.register_module()
class RecognizerAudio(ClipRecognizer):
    """A 2D backbone over the spectrograms of all clips of the batch; the head averages the clips of a sample.

    Takes (N, V, C, T, F) with V clips per sample; the backbone returns (N * V, C', T', F'). A
    neck is not run.
    """

    layout = ('batch', 'clips', 'channels', 'time', 'frequency')
