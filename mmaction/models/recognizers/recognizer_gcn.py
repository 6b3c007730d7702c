"""Recognizer of skeletons."""

from __future__ import annotations

from mmaction.models.recognizers._clips import ClipRecognizer
from mmaction.registry import MODELS


@MODELS.register_module()
class RecognizerGCN(ClipRecognizer):
    """A graph network over all clips of the batch at once; the head averages the clips of a sample.

    Takes (N, clips, M, T, V, C): persons, frames, joints and values of a joint; the backbone returns
    (N * clips, M, C', T', V). A neck is not run.
    """

    feature_layout = 'gcn'
    layout = ('batch', 'clips', 'persons', 'time', 'joints', 'values')
