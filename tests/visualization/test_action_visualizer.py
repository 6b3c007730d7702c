"""Labels and scores on frames: what is written, where, and that it fits."""

from __future__ import annotations

import weakref
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmaction.structures import ActionDataSample
from mmaction.testing import moving_texture
from mmaction.visualization import ActionVisualizer, action_visualizer, text
from mmaction.visualization.caption import class_scores, gt_rows, label_indices, pred_rows
from mmaction.visualization.frames import load_frames, target_size
from mmaction.visualization.overlay import GREEN, Overlay, PanelStyle, Row, blend, font_size_for, render_panel
from mmaction.visualization.text import Typeface, escape_missing, shorten, wrap

CLASSES = ['arm wrestling', 'playing cymbals in a very large orchestra hall with friends', 'abseiling', 'a', 'b', 'c']
SCORES = torch.tensor([0.362, 0.3, 0.2, 0.1, 0.03, 0.008])


@pytest.fixture
def visualizer() -> ActionVisualizer:
    vis = ActionVisualizer()
    vis.dataset_meta = dict(classes=CLASSES)
    return vis


@pytest.fixture
def sample() -> ActionDataSample:
    return ActionDataSample().set_gt_label(2).set_pred_score(SCORES)


# --- text ------------------------------------------------------------------------------------------------------------
def test_shorten_keeps_the_longest_head_that_fits() -> None:
    assert shorten('abcdefgh', 8, len) == 'abcdefgh'
    assert shorten('abcdefgh', 5, len) == 'abcd…'
    assert shorten('ab cdefgh', 4, len) == 'ab…'
    assert shorten('abc', 0, len) == ''


def test_wrap_breaks_at_spaces_then_anywhere() -> None:
    assert wrap('one two three four', 9, len, 2) == ['one two', 'three fo…']
    assert wrap('one two three four', 10, len, 2) == ['one two', 'three four']
    assert wrap('abcdefghij', 4, len, 3) == ['abcd', 'efgh', 'ij']
    with pytest.raises(ValueError, match=r'max_lines \(0\)'):
        wrap('a', 4, len, 0)


@settings(max_examples=60, deadline=None)
@given(st.text(' abcdé', max_size=60), st.integers(1, 30), st.integers(1, 5))
def test_wrapped_lines_fit_and_lose_nothing(words: str, width: int, max_lines: int) -> None:
    lines = wrap(words, width, len, max_lines)
    assert 1 <= len(lines) <= max_lines
    assert all(len(line) <= width for line in lines)
    if not lines[-1].endswith('…') and lines != ['']:
        assert ''.join(lines).replace(' ', '') == words.replace(' ', '')


def test_characters_without_glyph_are_escaped_or_taken_from_another_font(monkeypatch: pytest.MonkeyPatch) -> None:
    import matplotlib

    assert escape_missing('a拳b', {ord('a'), ord('b')}) == r'a\u62f3b'
    stix = f'{matplotlib.get_data_path()}/fonts/ttf/STIXNonUni.ttf'
    char = chr(
        next(c for c in sorted(text._charmap(stix)) if c > 0xE000 and c not in text._charmap(text._default_font()))
    )
    text._cover.cache_clear()
    monkeypatch.setattr(text, '_wide_fonts', tuple)
    assert Typeface([char], 12).show(char) == char.encode('unicode_escape').decode()
    text._cover.cache_clear()
    monkeypatch.setattr(text, '_wide_fonts', lambda: (stix,))
    assert text._cover(frozenset({ord(char)}), text._default_font()) == stix
    text._cover.cache_clear()


# --- rows ------------------------------------------------------------------------------------------------------------
def test_rows_of_a_sample(sample: ActionDataSample) -> None:
    assert [(r.text, r.value) for r in pred_rows(sample, CLASSES, 2)] == [
        (CLASSES[0], '36.2 %'),
        (CLASSES[1], '30.0 %'),
    ]
    assert [r.text for r in pred_rows(sample, None, 2)] == ['class 0', 'class 1']
    assert [r.value for r in pred_rows(sample, CLASSES, 5, draw_score=False)] == [''] * 5
    assert gt_rows(sample, CLASSES) == [Row('GT: abseiling', GREEN, max_lines=2)]
    raw = ActionDataSample().set_pred_score([3.5, -1.25])
    assert [(r.value, r.bar) for r in pred_rows(raw, None)] == [('3.50', None), ('-1.25', None)]
    assert pred_rows(ActionDataSample().set_pred_label(1), CLASSES)[0].text == f'Predicted: {CLASSES[1]}'


def test_scores_of_clips_and_components_and_several_labels() -> None:
    clips = ActionDataSample().set_pred_score(torch.tensor([[0.8, 0.2], [0.4, 0.6]]))
    assert [r.value for r in pred_rows(clips, None)] == ['60.0 %', '40.0 %']
    np.testing.assert_allclose(class_scores(np.arange(12.0).reshape(2, 2, 3)), [4.5, 5.5, 6.5])
    parts = ActionDataSample().set_pred_score(dict(rgb=[0.9, 0.1], pose=[0.3, 0.7])).set_gt_label(dict(rgb=0, pose=1))
    assert [(r.text, r.value) for r in pred_rows(parts, 'ab', 1)] == [
        ('rgb', ''),
        ('a', '90.0 %'),
        ('pose', ''),
        ('b', '70.0 %'),
    ]
    assert [r.text for r in gt_rows(parts, 'ab')] == ['GT rgb: a', 'GT pose: b']
    assert label_indices(np.array([0.0, 1, 0, 1]), 4) == [1, 3]  # multi-hot
    assert label_indices(np.array([0, 1]), 6) == [0, 1]  # two labels
    assert label_indices(np.array([0, 1]), 2) == [1]
    assert gt_rows(ActionDataSample().set_gt_label(-1), CLASSES) == []


# --- panel -----------------------------------------------------------------------------------------------------------
def test_blend_changes_only_the_box_and_by_the_formula() -> None:
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 256, (3, 20, 30, 3), dtype=np.uint8)
    rgba = rng.integers(0, 256, (6, 8, 4), dtype=np.uint8)
    out = blend(frames, Overlay(rgba, left=5, top=7))
    inside = np.zeros((20, 30), bool)
    inside[7:13, 5:13] = True
    assert (out[:, ~inside] == frames[:, ~inside]).all()
    alpha = rgba[..., 3:] / 255
    want = frames[:, 7:13, 5:13] * (1 - alpha) + rgba[..., :3] * alpha
    assert np.abs(out[:, 7:13, 5:13] - want).max() <= 0.5 + 1e-9
    cut = blend(frames, Overlay(rgba, left=27, top=-2))  # parts outside are cut off
    assert (cut[:, :, :27] == frames[:, :, :27]).all()
    assert (
        np.abs(cut[:, :4, 27:] - (frames[:, :4, 27:] * (1 - alpha[2:, :3]) + (rgba[..., :3] * alpha)[2:, :3])).max()
        < 0.51
    )


@pytest.mark.parametrize(('height', 'width'), [(112, 112), (96, 128), (240, 320), (480, 720), (720, 1280), (900, 240)])
def test_long_labels_stay_inside_the_frame(height: int, width: int) -> None:
    """Text ends before the padding of the panel, and the panel before the edge of the frame."""
    look = action_visualizer._read_text_cfg({})
    rows = [Row('GT: ' + 'a label that does not end ' * 9, max_lines=2), Row('W' * 400, value='100.0 %', bar=1.0)]
    overlay = action_visualizer.place_panel([rows], (height, width), look)
    left, top, right, bottom = overlay.box
    assert 0 < left < right < width and 0 < top < bottom < height
    size = font_size_for(height, width)
    assert size >= 12 and right - left <= width - 2 * (size // 2)
    pad = size // 2
    assert (overlay.rgba[:, -pad + 1 :] == (0, 0, 0, 153)).all()  # nothing but the box in the right padding
    assert (overlay.rgba[..., :3] > 200).any()


def test_fewer_predictions_where_five_do_not_fit(sample: ActionDataSample) -> None:
    style = PanelStyle(12)
    line = render_panel([Row('a'), Row('b')], 200, style).shape[0] - render_panel([Row('a')], 200, style).shape[0]
    vis = ActionVisualizer()
    heights = {}
    for height in (100, 300):
        overlay = vis._caption(sample, (height, 300), True, True, True, {})
        heights[height] = round((overlay.rgba.shape[0] - 12) / line)
        assert overlay.rgba.shape[0] <= 0.6 * height
    assert heights == {100: 2, 300: 6}


# --- frames ----------------------------------------------------------------------------------------------------------
def test_target_size() -> None:
    assert target_size(112, 150, None, None) == (224, 300)
    assert target_size(224, 300, None, None) == (224, 300)
    assert target_size(112, 150, 0.5, None) == (56, 75)
    assert target_size(240, 320, None, (640, -1)) == (480, 640)
    assert target_size(240, 320, 3, (None, 120)) == (120, 160)
    assert target_size(240, 320, None, (-1, -1)) == (240, 320)
    with pytest.raises(ValueError, match=r'target_resolution \(\(0, 4\)\)'):
        target_size(240, 320, None, (0, 4))
    with pytest.raises(ValueError, match=r'rescale_factor \(-1\)'):
        target_size(240, 320, -1, None)


def test_frames_come_from_a_file_a_folder_or_an_array(clip: np.ndarray, clip_path: str, tmp_path) -> None:
    for i in (10, 9):
        cv2.imwrite(str(tmp_path / f'img_{i}.png'), np.ascontiguousarray(clip[i, ..., ::-1]))
    np.testing.assert_array_equal(load_frames(tmp_path), clip[[9, 10]])  # 9 before 10
    decoded = load_frames(clip_path)
    assert decoded.shape == clip.shape
    assert np.abs(decoded.astype(int) - clip).mean() < 8
    np.testing.assert_array_equal(load_frames(list(clip)), clip)
    assert load_frames(clip[..., :1]).shape == clip.shape
    with pytest.raises(ValueError, match=r'\(30, 96, 128\)'):
        load_frames(clip[..., 0])
    with pytest.raises(TypeError, match='float64'):
        load_frames(clip / 255)
    with pytest.raises(FileNotFoundError, match=r'nowhere\.mp4'):
        load_frames('nowhere.mp4')


# --- visualizer ------------------------------------------------------------------------------------------------------
def test_add_datasample_draws_one_panel_on_every_frame(visualizer, sample) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (5, 240, 320, 3), dtype=np.uint8)
    before = frames.copy()
    out = visualizer.add_datasample('x', frames, sample)
    assert (frames == before).all()
    left, top, right, bottom = visualizer._caption(sample, (240, 320), True, True, True, {}).box
    outside = np.ones((240, 320), bool)
    outside[top:bottom, left:right] = False
    assert (out[:, outside] == frames[:, outside]).all()
    assert (out != frames).any(axis=(1, 2, 3)).all()
    np.testing.assert_array_equal(
        visualizer.add_datasample('x', frames, sample, draw_gt=False, draw_pred=False), frames
    )
    np.testing.assert_array_equal(visualizer.add_datasample('x', frames), frames)
    truth = visualizer.add_datasample('x', frames, sample, draw_pred=False)
    assert (truth != frames).any(axis=(0, 2, 3)).sum() < (out != frames).any(axis=(0, 2, 3)).sum()


def test_a_subclass_loads_videos_of_its_own(tmp_path, clip_path: str) -> None:
    frames = ActionVisualizer()._load_video(clip_path)
    assert isinstance(frames, list)
    np.testing.assert_array_equal(np.stack(frames), load_frames(clip_path))
    sizes = {frame.shape for frame in ActionVisualizer()._load_video(frames, target_resolution=(64, -1))}
    assert sizes == {(48, 64, 3)}

    class Reversed(ActionVisualizer):
        def _load_video(self, video, target_resolution=None):
            return super()._load_video(video.removeprefix('s3:'), target_resolution)[::-1]

    drawn = Reversed().add_datasample('x', f's3:{clip_path}', target_resolution=(128, 96), out_path=tmp_path / 'x')
    np.testing.assert_array_equal(drawn, frames[::-1])


def test_text_cfg_moves_sizes_and_colours_the_panel(visualizer, sample) -> None:
    black = np.zeros((1, 300, 400, 3), np.uint8)
    cfg = dict(
        positions=np.array([[400, 300]]),
        horizontal_alignments='right',
        vertical_alignments=['bottom'],
        font_sizes=[20],
        colors='red',
        bboxes=dict(facecolor='blue', alpha=1.0),
    )
    out = visualizer.add_datasample('x', black, sample, draw_gt=False, text_cfg=cfg)[0]
    assert out[-1, -1].tolist() == [0, 0, 255]
    assert (out == (255, 0, 0)).all(-1).any()
    assert out[0].max() == 0 and out[:, 0].max() == 0
    with pytest.raises(ValueError, match=r"text_cfg has unknown keys \['alpha'\].* It accepts positions"):
        visualizer.add_datasample('x', black, sample, text_cfg=dict(alpha=1))
    with pytest.raises(ValueError, match="'middle'"):
        visualizer.add_datasample('x', black, sample, text_cfg=dict(vertical_alignments='middle'))


def test_without_a_display_showing_warns(visualizer, sample, monkeypatch) -> None:
    monkeypatch.setattr(action_visualizer, 'can_show', lambda: False)
    with pytest.warns(UserWarning, match="'x' is not shown: there is no display"):
        visualizer.add_datasample('x', np.zeros((2, 224, 224, 3), np.uint8), sample, show_frames=True)


def test_frames_of_a_long_video_are_drawn_as_they_come(visualizer, sample, tmp_path) -> None:
    texture = moving_texture(1, 96, 128)[0]
    given: list[weakref.ref] = []
    alive: list[int] = []

    def frames() -> Iterator[np.ndarray]:
        for number in range(120):
            frame = np.roll(texture, number, axis=1)
            given.append(weakref.ref(frame))
            alive.append(sum(ref() is not None for ref in given))
            yield frame

    options = dict(target_resolution=(160, 120), out_type='img', text_cfg=dict(colors='red', font_sizes=30))
    visualizer.write_drawn(tmp_path / 'one by one', frames(), sample, **options)
    assert len(alive) == 120 and max(alive) <= 3
    whole = np.stack(list(frames()))
    visualizer.add_datasample('at once', whole, sample, draw_gt=False, out_path=tmp_path / 'at once', **options)
    np.testing.assert_array_equal(load_frames(tmp_path / 'one by one'), load_frames(tmp_path / 'at once'))
