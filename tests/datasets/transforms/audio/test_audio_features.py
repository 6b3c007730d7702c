"""Spectrograms by closed forms, sounds through real files, and the steps and dataset that feed them."""

from __future__ import annotations

import warnings
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmaction.datasets import AudioDataset
from mmaction.datasets.transforms import AudioFeatureSelector, BuildPseudoClip, LoadAudioFeature
from mmaction.datasets.transforms.audio import LogMel, NoSoundError, clip_bounds, decode_sound, log_mel, mel_filters
from mmaction.datasets.transforms.audio.spectrogram import hz_to_mel, mel_to_hz, num_frames
from mmaction.testing import write_sound
from mmaction.video import VideoDecodeError

RATE = 16000


def tone(hz: float, seconds: float = 1.0, rate: int = RATE, amplitude: float = 0.5) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)


# --- spectrogram ------------------------------------------------------------------------------------------------------
def test_mel_scale_has_its_known_points():
    np.testing.assert_allclose(hz_to_mel([0, 200 / 3, 1000, 6400]), [0, 1, 15, 42])
    np.testing.assert_allclose(mel_to_hz([0, 1, 15, 42]), [0, 200 / 3, 1000, 6400])


@given(st.floats(0, 8000))
def test_mel_scale_inverts(hz):
    assert mel_to_hz(hz_to_mel(hz)) == pytest.approx(hz, abs=1e-6)


def test_filters_are_triangles_of_one_area():
    filters = mel_filters(LogMel())
    assert filters.shape == (513, 80)
    assert (filters.max(0) > 0).all(), 'a filter between two bins would hear nothing'
    wide = mel_filters(LogMel(fft_size=1 << 15))
    np.testing.assert_allclose(wide.sum(0) * RATE / (1 << 15), 1, rtol=1e-3)  # integral over Hz
    edges = mel_to_hz(np.linspace(0, hz_to_mel(8000), 82))
    np.testing.assert_allclose(wide.argmax(0) * RATE / (1 << 15), edges[1:-1], atol=0.5)


def test_a_tone_is_as_loud_as_computed_and_where_its_pitch_is():
    settings = LogMel(peak=None)
    hz = 64 * RATE / 1024  # 1000 Hz: a bin of the transform
    got = log_mel(tone(hz, amplitude=0.5), settings)
    assert got.dtype == np.float32
    assert got.shape == (1 + -(-(RATE - 512) // 256), 80)
    # a windowed sine has the magnitude (amplitude / 2) sum(window(n) exp(i (w - w0) n)) at w; negative ones left out
    hann = np.hanning(513)[:-1]
    bins = np.arange(513)
    spectrum = np.abs(np.exp(-2j * np.pi * np.outer(bins - 64, np.arange(512)) / 1024) @ hann) * 0.25
    want = 20 * np.log10(spectrum @ mel_filters(settings).astype(float)) - 20
    peak = int(want.argmax())
    assert peak == int(np.abs(mel_to_hz(np.linspace(0, hz_to_mel(8000), 82))[1:-1] - hz).argmin())
    np.testing.assert_allclose(got[10, peak - 2 : peak + 3], 1 + want[peak - 2 : peak + 3] / 100, atol=1e-4)


def test_silence_is_zero_and_loudness_does_not_matter():
    assert not log_mel(np.zeros(5000)).any()
    np.testing.assert_allclose(log_mel(tone(440) * 0.01), log_mel(tone(440)), atol=1e-4)
    assert log_mel(tone(440) * 0.01, LogMel(peak=None)).sum() < log_mel(tone(440), LogMel(peak=None)).sum()


@given(st.integers(1, 3000))
def test_windows_cover_every_sample_once_more_would_be_too_many(samples):
    total = num_frames(samples, LogMel())
    assert (total - 1) * 256 + 512 >= samples
    assert total == 1 or (total - 2) * 256 + 512 < samples


def test_long_sounds_are_taken_in_parts_without_seams(monkeypatch):
    sound = np.random.default_rng(0).uniform(-1, 1, 20000)
    whole = log_mel(sound)
    monkeypatch.setattr('mmaction.datasets.transforms.audio.spectrogram._CHUNK', 7)
    np.testing.assert_allclose(log_mel(sound), whole, atol=1e-6)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(hop=0), r'hop \(0\) must be at least 1'),
        (dict(fft_size=256), r'fft_size \(256\) must be at least 512. It must hold a window'),
        (dict(max_hz=9000), r'max_hz \(9000\)'),
        (dict(min_db=10), r'min_db \(10\) must be negative'),
    ],
)
def test_settings_are_checked(options, message):
    with pytest.raises(ValueError, match=message):
        LogMel(**options)


def test_a_sound_must_be_a_vector():
    with pytest.raises(ValueError, match=r'got shape \(2, 8\)'):
        log_mel(np.zeros((2, 8)))


# --- decoding ---------------------------------------------------------------------------------------------------------
def test_lossless_sound_comes_back(tmp_path):
    sound = np.random.default_rng(0).uniform(-0.9, 0.9, 4000)
    write_sound(tmp_path / 'a.wav', sound)
    np.testing.assert_allclose(decode_sound(tmp_path / 'a.wav'), sound, atol=1e-4)


def test_channels_are_mixed_and_the_rate_changed(tmp_path):
    left, right = tone(500, 1, 44100), tone(500, 1, 44100, amplitude=0.1)
    write_sound(tmp_path / 'a.wav', np.stack([left, right]), 44100)
    got = decode_sound(tmp_path / 'a.wav', 16000)
    assert abs(len(got) - 16000) <= 1
    np.testing.assert_allclose(got[1000:15000], tone(500)[1000:15000] * 0.6, atol=2e-3)


def test_sound_of_a_video(tmp_path, clip):
    write_sound(tmp_path / 'a.mp4', tone(1000), codec='aac', frames=clip)
    spectrum = np.abs(np.fft.rfft(decode_sound(tmp_path / 'a.mp4')[:RATE]))
    assert abs(int(spectrum.argmax()) - 1000) <= 1


def test_what_has_no_sound_is_told(tmp_path, clip_path):
    with pytest.raises(NoSoundError, match=r'clip\.mp4.*has no audio track'):
        decode_sound(clip_path)
    with pytest.raises(FileNotFoundError, match=r'no file .*none\.wav'):
        decode_sound(tmp_path / 'none.wav')
    (tmp_path / 'text.wav').write_text('no sound')
    with pytest.raises(VideoDecodeError, match=r'text\.wav with pyav'):
        decode_sound(tmp_path / 'text.wav')
    with wave.open(str(tmp_path / 'empty.wav'), 'wb') as file:
        file.setparams((1, 2, RATE, 0, 'NONE', ''))
    with pytest.raises(VideoDecodeError, match=r'empty\.wav'):
        decode_sound(tmp_path / 'empty.wav')


# --- steps ------------------------------------------------------------------------------------------------------------
def test_features_are_loaded_from_a_file_or_a_sound(tmp_path):
    write_sound(tmp_path / 'a.wav', tone(440))
    feature = log_mel(decode_sound(tmp_path / 'a.wav'))
    np.save(tmp_path / 'a.npy', feature)
    for name in ('a.npy', 'a.wav'):
        results = LoadAudioFeature()(dict(audio_path=str(tmp_path / name), total_frames=25))
        assert np.array_equal(results['audios'], feature)
        assert (results['length'], results['total_frames']) == (len(feature), 25)
    assert LoadAudioFeature()(dict(audio_path=str(tmp_path / 'a.npy')))['total_frames'] == len(feature)


def test_a_missing_file_is_silence_and_told_once():
    step = LoadAudioFeature()
    with pytest.warns(UserWarning, match=r"no file foo/bar\.npy.*pad_method='zero'"):
        results = step(dict(audio_path='foo/bar.npy'))
    assert np.array_equal(results['audios'], np.zeros((640, 80), np.float32))
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        step(dict(audio_path='foo/baz.npy'))
    with pytest.warns(UserWarning, match='random'):
        noise = LoadAudioFeature('random')(dict(audio_path='foo/bar.npy'))['audios']
    assert noise.shape == (640, 80)
    assert noise.dtype == np.float32
    assert -1 <= noise.min() < -0.9 < 0.9 < noise.max() < 1
    with pytest.raises(ValueError, match=r"pad_method \('one'\)"):
        LoadAudioFeature('one')


def test_features_of_another_shape_are_refused(tmp_path):
    np.save(tmp_path / 'a.npy', np.zeros(8))
    with pytest.raises(ValueError, match=r'a\.npy holds an array of shape \(8,\)'):
        LoadAudioFeature()(dict(audio_path=str(tmp_path / 'a.npy')))
    (tmp_path / 'a.npy').write_bytes(b'\x93NUMPY\x01')
    with pytest.raises(VideoDecodeError, match=r'a\.npy with numpy'):
        LoadAudioFeature()(dict(audio_path=str(tmp_path / 'a.npy')))


def test_clips_are_cut_where_their_frames_are():
    feature = np.arange(200, dtype=np.float32)[:, None] + np.zeros((1, 3), np.float32)
    inds = np.concatenate([np.arange(0, 10), np.arange(40, 50)])
    results = AudioFeatureSelector(30)(
        dict(audios=feature, length=200, total_frames=50, frame_inds=inds, num_clips=2, start_index=0)
    )
    # 4 features a frame: [1 * 4, 10 * 4) and [41 * 4, 50 * 4)
    want = np.stack([np.arange(4, 34), np.arange(164, 194)])
    assert np.array_equal(results['audios'][..., 0], want)
    assert results['audios_shape'] == (2, 30, 3)
    padded = AudioFeatureSelector(40)(dict(results, audios=feature))['audios'][..., 0]
    assert np.array_equal(padded[0], np.r_[np.arange(4, 40), np.zeros(4)])
    with pytest.raises(ValueError, match=r'fixed_length \(0\)'):
        AudioFeatureSelector(0)


@given(total=st.integers(1, 300), length=st.integers(1, 700), clip_len=st.integers(1, 64), first=st.floats(0, 1))
def test_bounds_lie_in_the_features(total, length, clip_len, first):
    inds = (int(first * (total - 1)) + np.arange(clip_len))[None] % total
    start, end = clip_bounds(inds, total, length)[0]
    assert 0 <= start <= end <= length
    if inds.max() == total - 1:
        assert end == length


def test_a_picture_becomes_a_still_clip():
    picture = np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    results = BuildPseudoClip(6)(dict(imgs=[picture]))
    assert results['imgs'].shape == (6, 4, 5, 3)
    assert (results['imgs'] == picture).all()
    assert (results['clip_len'], results['num_clips']) == (6, 1)
    with pytest.raises(ValueError, match='found 2 in imgs'):
        BuildPseudoClip(6)(dict(imgs=[picture] * 2))
    with pytest.raises(ValueError, match=r'clip_len \(0\)'):
        BuildPseudoClip(0)


# --- dataset ----------------------------------------------------------------------------------------------------------
def dataset(tmp_path, text, **options) -> AudioDataset:
    (tmp_path / 'list.txt').write_text(text)
    (tmp_path / 'audio').mkdir(exist_ok=True)
    options.setdefault('data_prefix', dict(audio='audio'))
    return AudioDataset(str(tmp_path / 'list.txt'), [], data_root=str(tmp_path), **options)


def test_lines_of_the_list(tmp_path):
    data = dataset(tmp_path, 'a b/1.npy 163 1\nc 20 0\n', suffix='.npy')
    audio = tmp_path / 'audio'
    assert [data.get_data_info(i) for i in range(2)] == [
        dict(
            audio_path=str(audio / 'a b/1.npy'),
            total_frames=163,
            label=1,
            modality='Audio',
            start_index=0,
            sample_idx=0,
        ),
        dict(audio_path=str(audio / 'c.npy'), total_frames=20, label=0, modality='Audio', start_index=0, sample_idx=1),
    ]
    several = dataset(tmp_path, 'c 20 0 2\n', multi_class=True, num_classes=4)
    assert several.get_data_info(0)['label'].tolist() == [1, 0, 1, 0]
    assert several.get_data_info(0)['audio_path'].endswith('audio/c')


@pytest.mark.parametrize(
    ('line', 'message'),
    [
        (
            'a.npy 163',
            r"line 1: expected a path, total_frames and a label, found 1 whole numbers \[163\] after 'a.npy'",
        ),
        ('a.npy 163 1 2', r'3 numbers \[163, 1, 2\] follow the path where 2 are expected'),
        ('a.npy 0 1', r'total_frames \(0\) must be at least 1'),
    ],
)
def test_wrong_lines_are_named(tmp_path, line, message):
    with pytest.raises(ValueError, match=message):
        dataset(tmp_path, line)


def test_a_suffix_has_a_dot(tmp_path):
    with pytest.raises(ValueError, match=r"suffix \('npy'\)"):
        dataset(tmp_path, 'a 1 0', suffix='npy')
