"""Audio: decoding, log-mel spectrograms, and the steps that load and cut them."""

from mmaction.datasets.transforms.audio.features import (
    AudioFeatureSelector,
    LoadAudioFeature,
    clip_bounds,
    cut_or_pad,
    read_feature,
)
from mmaction.datasets.transforms.audio.sound import NoSoundError, decode_sound
from mmaction.datasets.transforms.audio.spectrogram import LogMel, log_mel, mel_filters

__all__ = [
    'AudioFeatureSelector',
    'LoadAudioFeature',
    'LogMel',
    'NoSoundError',
    'clip_bounds',
    'cut_or_pad',
    'decode_sound',
    'log_mel',
    'mel_filters',
    'read_feature',
]
