"""Recognizers of frames in the place of recognizers of clips."""

from __future__ import annotations

from torch import nn


class Frames(nn.Module):
    """A recognizer of frames, fed as by :func:`clip_overfitting.overfit`: a clip (1, T, C, H, W) a sample."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, clips, samples, mode):
        return self.model(clips.squeeze(1), samples, mode=mode)
