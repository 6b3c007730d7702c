"""Clips on the disk: frames, rate, names. Read back with other code than wrote them."""

from __future__ import annotations

import json
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from mmaction.registry import VISBACKENDS, VISUALIZERS
from mmaction.video import VideoWriter, write_frames
from mmaction.visualization import ActionVisualizer
from mmaction.visualization.plots import plot_confusion_matrix, plot_curves, read_scalars
from mmaction.visualization.video_backend import output_path, save_clip


def probe(path: Path) -> tuple[int, float, int, int]:
    """(frames, fps, height, width) of a video."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format='rgb24') for frame in container.decode(video=0)]
        return len(frames), float(container.streams.video[0].average_rate), *frames[0].shape[:2]


def gif_frames(path: Path) -> tuple[int, float]:
    """(frames, seconds a frame) of a GIF."""
    with Image.open(path) as image:
        return image.n_frames, image.info['duration'] / 1000


@pytest.mark.parametrize(
    ('path', 'out_type', 'want'),
    [
        ('a/b', 'img', 'a/b'),
        ('a/b.mp4', 'img', 'a/b.mp4'),
        ('a/b', 'video', 'a/b.mp4'),
        ('a/b.v1', 'video', 'a/b.v1.mp4'),
        ('a/b.avi', 'video', 'a/b.avi'),
        ('a/b.gif', 'video', 'a/b.mp4'),
        ('a/b.mp4', 'gif', 'a/b.gif'),
        ('a/b', 'gif', 'a/b.gif'),
    ],
)
def test_output_path(path: str, out_type: str, want: str) -> None:
    assert output_path(path, out_type) == Path(want)


def test_bad_arguments_are_named(tmp_path) -> None:
    with pytest.raises(ValueError, match=r"out_type \('movie'\) must be one of 'img', 'gif', 'video'"):
        output_path('a', 'movie')
    with pytest.raises(ValueError, match=r'float64 \(2, 4, 4, 3\)'):
        save_clip(tmp_path / 'a', np.zeros((2, 4, 4, 3)))


def test_local_backend_writes_each_form(tmp_path, clip) -> None:
    visualizer = VISUALIZERS.build(
        dict(
            type='ActionVisualizer',
            name='local_backend_forms',
            vis_backends=[dict(type='LocalVisBackend')],
            save_dir=str(tmp_path),
        )
    )
    frames = np.concatenate([clip[:7, :95], clip[:7, :95]], axis=2)  # an odd height; the sum of the widths is 256
    visualizer.add_video('demo.mp4', frames, step=3, fps=5)
    visualizer.add_video('sub/demo', frames, step=3, fps=5, out_type='video')
    visualizer.add_video('demo', frames, step=3, fps=5, out_type='gif')
    visualizer.add_video('demo', frames, fps=5, out_type='gif')
    root = tmp_path / 'vis_data'
    pictures = sorted((root / 'demo.mp4' / 'frames_3').iterdir())
    assert [p.name for p in pictures] == [f'{i}.png' for i in range(7)]
    np.testing.assert_array_equal(np.stack([cv2.imread(str(p))[..., ::-1] for p in pictures]), frames)
    count, fps, height, width = probe(root / 'sub' / 'demo_3.mp4')
    assert (count, fps, width) == (7, 5, 256)
    assert height in (95, 96)  # yuv420p wants even sizes
    assert gif_frames(root / 'demo_3.gif') == gif_frames(root / 'demo.gif') == (7, 0.2)


def test_add_datasample_writes_to_out_path(tmp_path, clip_path) -> None:
    visualizer = ActionVisualizer()
    drawn = visualizer.add_datasample('x', clip_path, out_path=tmp_path / 'a' / 'x.mp4', fps=12.5)
    assert drawn.shape == (30, 288, 384, 3)  # 96 x 128 enlarged three times
    assert probe(tmp_path / 'a' / 'x.mp4') == (30, 12.5, 288, 384)
    visualizer.add_datasample('x', clip_path, out_path=tmp_path / 'x', out_type='gif', rescale_factor=0.5, fps=10)
    assert gif_frames(tmp_path / 'x.gif') == (30, 0.1)


def test_backends_that_know_no_video_get_the_middle_frame(tmp_path, clip) -> None:
    from mmengine.visualization import LocalVisBackend

    visualizer = ActionVisualizer(vis_backends=[LocalVisBackend(str(tmp_path))])
    visualizer.add_video('x', clip, step=2)
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / 'vis_image' / 'x_2.png'))[..., ::-1], clip[15])


def test_optional_backends_name_what_to_install(tmp_path, clip) -> None:
    for name, package in (('TensorboardVisBackend', 'tensorboard'), ('WandbVisBackend', 'wandb')):
        backend = VISBACKENDS.build(dict(type=name, save_dir=str(tmp_path)))
        try:
            __import__(package)
        except ImportError:
            with pytest.raises(ImportError, match=f'pip install "?{package}'):
                backend.add_video('x', clip)


def test_tensorboard_keeps_every_frame(tmp_path, clip) -> None:
    pytest.importorskip('tensorboard')
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    backend = VISBACKENDS.build(dict(type='TensorboardVisBackend', save_dir=str(tmp_path)))
    backend.add_video('x', clip[:6], step=4, fps=5)
    backend.close()
    events = EventAccumulator(str(tmp_path)).Reload()
    (image,) = events.Images('x')
    (tmp_path / 'x.gif').write_bytes(image.encoded_image_string)
    assert (image.step, image.height, image.width) == (4, 96, 128)
    assert gif_frames(tmp_path / 'x.gif') == (6, 0.2)


def test_scalars_are_read_and_drawn(tmp_path) -> None:
    rows = [dict(lr=0.1, loss=2.0, step=1), dict(lr=0.1, loss=1.5, step=2), {'acc/top1': 0.5, 'step': 1}]
    log = tmp_path / 'scalars.json'
    log.write_text(''.join(json.dumps(row) + '\n' for row in rows))
    series = read_scalars(log)
    assert sorted(series) == ['acc/top1', 'loss', 'lr']
    np.testing.assert_array_equal(series['loss'], [[1, 2], [2.0, 1.5]])
    figure = plot_curves(tmp_path / 'out' / 'loss.png', {'loss': series['loss']}, 'Training', 'iteration', 'loss')
    (axes,) = figure.axes
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), [[1, 2.0], [2, 1.5]])
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ('iteration', 'loss', 'Training')
    assert cv2.imread(str(tmp_path / 'out' / 'loss.png')).shape == (600, 960, 3)
    log.write_text('{"loss": 1}\nnonsense\n')
    with pytest.raises(ValueError, match=r"scalars\.json:2: 'nonsense'"):
        read_scalars(log)


# --- video_io --------------------------------------------------------------------------------------------------------
def test_written_video_keeps_the_pictures(tmp_path, clip) -> None:
    smooth = np.stack([cv2.GaussianBlur(frame, (0, 0), 6) for frame in clip[:5, :, :127]])
    with VideoWriter(tmp_path / 'new' / 'x.mkv', 29.97) as writer:
        for frame in smooth:
            writer.write_frame(frame[..., ::-1])
    with av.open(str(tmp_path / 'new' / 'x.mkv')) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ('h264', 'yuv420p')
        assert float(stream.average_rate) == pytest.approx(29.97, abs=0.01)
        read = np.stack([frame.to_ndarray(format='rgb24') for frame in container.decode(video=0)])
    assert read.shape == (5, 96, 128, 3)
    assert np.abs(read[:, :, :127].astype(int) - smooth).mean() < 3
    write_frames(tmp_path / 'x.gif', smooth, fps=30)
    assert gif_frames(tmp_path / 'x.gif') == (5, 0.03)
    with Image.open(tmp_path / 'x.gif') as image:
        image.seek(3)
        assert np.abs(np.asarray(image.convert('RGB')).astype(int) - smooth[3]).mean() < 6


def test_writing_names_what_is_wrong(tmp_path, clip) -> None:
    with pytest.raises(ValueError, match=r'x\.txt must end in one of \.mp4'):
        write_frames(tmp_path / 'x.txt', clip, 5)
    with pytest.raises(ValueError, match=r'fps \(0\)'):
        write_frames(tmp_path / 'x.mp4', clip, 0)
    with pytest.raises(ValueError, match=r'no frames to write to .*x\.mp4'):
        write_frames(tmp_path / 'x.mp4', [], 5)
    assert not (tmp_path / 'x.mp4').exists()
    with pytest.raises(ValueError, match=r'\(90, 128\) does not fit a clip of \(96, 128\)'):
        write_frames(tmp_path / 'x.mp4', [clip[0], clip[0, :90]], 5)
    with pytest.raises(ValueError, match='float64'):
        write_frames(tmp_path / 'x.gif', clip / 255, 5)


def test_confusion_matrix_is_drawn(tmp_path) -> None:
    matrix = np.array([[5, 1], [2, 8]])
    figure = plot_confusion_matrix(matrix, tmp_path / 'm.png', classes=['slide', 'turn'], include_values=True)
    texts = {text.get_text() for axes in figure.axes for text in axes.texts}
    assert {'5', '1', '2', '8'} <= texts
    assert cv2.imread(str(tmp_path / 'm.png')).std() > 10
