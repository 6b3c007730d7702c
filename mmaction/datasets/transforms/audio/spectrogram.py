"""Log-mel spectrograms: pure functions from samples to features."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mmaction.utils.check import at_least

_CHUNK = 4096  # frames transformed at once, which limits the memory for long audio


@dataclass(frozen=True)
class LogMel:
    """Log-mel spectrogram.

    The defaults are windows of 32 ms every 16 ms, 62.5 frames per second, as in AVSlowFast
    (https://arxiv.org/abs/2001.08740, sec. 3.2).

    A frame is the magnitude of the Fourier transform of a Hann window, summed by triangular filters that are evenly
    spread on Slaney's mel scale. Its decibels over ``ref_db`` are mapped from ``[min_db, 0]`` to ``[0, 1]`` and cut
    there, so that silence is 0, the value that audio is padded with.

    Args:
        sample_rate: samples per second, Hz.
        window: samples of a window.
        hop: samples from one window to the next.
        fft_size: samples of the transform; the window is padded with zeros to it. With 512 the lowest filters would be
            narrower than a bin.
        num_mels: filters F.
        min_hz: where the lowest filter begins.
        max_hz: where the highest ends; None: half of the sample rate.
        min_db: level that becomes 0, dB below ``ref_db``.
        ref_db: level that becomes 1, dB.
        peak: the waveform is scaled to this amplitude first; None leaves it unchanged.
    """

    sample_rate: int = 16000
    window: int = 512
    hop: int = 256
    fft_size: int = 1024
    num_mels: int = 80
    min_hz: float = 0.0
    max_hz: float | None = None
    min_db: float = -100.0
    ref_db: float = 20.0
    peak: float | None = 0.999

    def __post_init__(self) -> None:
        for name in ('sample_rate', 'window', 'hop', 'num_mels'):
            at_least(1, getattr(self, name), name)
        at_least(self.window, self.fft_size, 'fft_size', 'It must hold a window.')
        if not 0 <= self.min_hz < self.top_hz <= self.sample_rate / 2:
            raise ValueError(
                f'min_hz ({self.min_hz}) must be below max_hz ({self.top_hz}), and that at most half of sample_rate '
                f'({self.sample_rate / 2}).'
            )
        if self.min_db >= 0:
            raise ValueError(f'min_db ({self.min_db}) must be negative.')

    @property
    def top_hz(self) -> float:
        """End of the highest filter, Hz."""
        return self.sample_rate / 2 if self.max_hz is None else self.max_hz


# Slaney's scale: even steps of 200/3 Hz up to 1000 Hz, even ratios above (27 steps from 1 kHz to 6.4 kHz)
_HZ_PER_MEL = 200 / 3
_KNEE_HZ = 1000.0
_KNEE_MEL = _KNEE_HZ / _HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27


def hz_to_mel(hz: np.ndarray | float) -> np.ndarray:
    """Slaney's mel scale."""
    hz = np.asarray(hz, dtype=np.float64)
    above = _KNEE_MEL + np.log(np.maximum(hz, _KNEE_HZ) / _KNEE_HZ) / _LOG_STEP
    return np.where(hz < _KNEE_HZ, hz / _HZ_PER_MEL, above)


def mel_to_hz(mel: np.ndarray | float) -> np.ndarray:
    """The inverse of :func:`hz_to_mel`."""
    mel = np.asarray(mel, dtype=np.float64)
    above = _KNEE_HZ * np.exp(_LOG_STEP * (np.maximum(mel, _KNEE_MEL) - _KNEE_MEL))
    return np.where(mel < _KNEE_MEL, mel * _HZ_PER_MEL, above)


@lru_cache(maxsize=8)
def mel_filters(settings: LogMel) -> np.ndarray:
    """Triangles of equal area, neighbours overlapping by half: float32 (fft_size // 2 + 1, F)."""
    edges = mel_to_hz(np.linspace(hz_to_mel(settings.min_hz), hz_to_mel(settings.top_hz), settings.num_mels + 2))
    bins = np.arange(settings.fft_size // 2 + 1) * (settings.sample_rate / settings.fft_size)
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    rising = (bins[:, None] - low) / (centre - low)
    falling = (high - bins[:, None]) / (high - centre)
    filters = np.maximum(0, np.minimum(rising, falling)) * (2 / (high - low))
    filters = filters.astype(np.float32)
    filters.setflags(write=False)  # it is cached
    return filters


def num_frames(num_samples: int, settings: LogMel) -> int:
    """Number of windows that cover a waveform; at least one."""
    return 1 + max(0, -(-(num_samples - settings.window) // settings.hop))


def log_mel(samples: np.ndarray, settings: LogMel = LogMel()) -> np.ndarray:
    """Compute the normalized log-mel spectrogram of a waveform.

    Args:
        samples: mono, float, (n,), at ``settings.sample_rate``; padded with silence to whole windows.
        settings: windows, filters and levels.

    Returns:
        float32 (T, F), in [0, 1]. Frame i is centred on sample ``i * hop + window / 2``.

    Raises:
        ValueError: the waveform has no samples, or is not mono.
    """
    samples = np.asarray(samples, dtype=np.float32)
    if samples.ndim != 1 or not samples.size:
        raise ValueError(f'A waveform must be a vector of at least one sample, got shape {samples.shape}.')
    loudest = float(np.abs(samples).max())
    if settings.peak is not None and loudest > 0:
        samples = samples * np.float32(settings.peak / loudest)
    total = num_frames(len(samples), settings)
    samples = np.pad(samples, (0, (total - 1) * settings.hop + settings.window - len(samples)))
    windows = np.lib.stride_tricks.sliding_window_view(samples, settings.window)[:: settings.hop]  # (T, window)

    hann = np.hanning(settings.window + 1)[:-1].astype(np.float32)  # the periodic one
    filters = mel_filters(settings)
    floor = 10 ** (settings.min_db / 20)
    out = np.empty((total, settings.num_mels), np.float32)
    for start in range(0, total, _CHUNK):
        spectrum = np.abs(np.fft.rfft(windows[start : start + _CHUNK] * hann, settings.fft_size))  # (t, bins)
        mel = spectrum.astype(np.float32, copy=False) @ filters  # (t, bins) -> (t, F)
        level = 20 * np.log10(np.maximum(mel, floor)) - settings.ref_db
        out[start : start + _CHUNK] = np.clip(1 - level / settings.min_db, 0, 1)
    return out
