"""Recognition of streams: which windows are seen, when, and what is written."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mmaction.apis import inference_recognizer
from mmaction.cli.infer import long_video, webcam
from mmaction.inference.stream import FrameRecognizer, at_rate, best_labels, follow, slide
from mmaction.video import VideoDecodeError, open_video
from mmaction.video.live import LiveVideo


class Recorder:
    """Stands for a recognizer of three frames: its scores are the numbers of the frames."""

    length = 3

    def __init__(self) -> None:
        self.seen: list[list[int]] = []

    def __call__(self, frames) -> np.ndarray:
        self.seen.append([int(frame[0, 0, 0]) for frame in frames])
        return np.array(self.seen[-1], np.float32)


def numbered(count):
    return (np.full((2, 2, 3), number, np.uint8) for number in range(count))


@pytest.mark.parametrize(
    ('step', 'stride', 'windows'),
    [
        (1, 0, [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5], [4, 5, 6]]),
        (2, 0, [[0, 2, 4], [2, 4, 6]]),
        (1, 1, [[0, 1, 2], [3, 4, 5]]),
        (1, 0.7, [[0, 1, 2], [2, 3, 4], [4, 5, 6]]),
    ],
)
def test_windows_of_a_sliding_run(step, stride, windows):
    recorder = Recorder()
    moments = list(slide(numbered(7), recorder, step, stride))
    assert recorder.seen == windows and [moment.number for moment in moments] == list(range(7))
    first = 2 * step
    assert moments[first - 1].scores is None and moments[first].scores.tolist() == windows[0]
    with pytest.raises(ValueError, match=r'stride \(2\) must be in \[0, 1\]'):
        list(slide(numbered(1), recorder, 1, 2))


def test_file_is_followed_by_its_own_time_and_scores_are_averaged():
    recorder = Recorder()
    # ten frames per second, and two windows: at frames 2, 7 and 12
    moments = list(follow(numbered(14), recorder, 2, average=2, clock=lambda number: number / 10))
    assert recorder.seen == [[0, 1, 2], [5, 6, 7], [10, 11, 12]]
    assert moments[1].scores is None and moments[2].scores.tolist() == [0, 1, 2]
    assert moments[7].scores.tolist() == [2.5, 3.5, 4.5] and moments[13].scores.tolist() == [7.5, 8.5, 9.5]


def test_live_stream_does_not_wait_for_the_recognizer():
    import threading

    free = threading.Event()

    class Blocked(Recorder):
        def __call__(self, frames):
            assert free.wait(10)
            return super().__call__(frames)

    recorder = Blocked()
    moments = follow(numbered(50), recorder, 0)
    shown = [next(moments) for _ in range(30)]  # none of them waits
    assert all(moment.scores is None for moment in shown)
    free.set()
    rest = list(moments)
    assert len(rest) == 20 and recorder.seen[0] == [0, 1, 2]


def test_rate_is_limited():
    import time

    start = time.monotonic()
    assert len(list(at_rate(numbered(4), 50))) == 4
    assert time.monotonic() - start >= 0.06


def test_scores_are_those_of_the_recognizer(recognizer, clip_path):
    recognize = FrameRecognizer(recognizer)
    assert recognize.length == 4  # the four frames that the test pipeline samples
    with open_video(clip_path) as reader:
        frames = reader.get_frames([3, 11, 18, 26])
    assert recognize(list(frames)) == pytest.approx(inference_recognizer(recognizer, frames).pred_score.numpy())
    assert best_labels(np.array([0.1, 0.6, 0.3]), ['a', 'b'], 0.2) == [('b', 0.6), ('class 2', 0.3)]


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / 'labels.txt'
    path.write_text('a\nb\nc\nd\ne\nf\n')
    return str(path)


def test_long_video_demo(rec_config, rec_checkpoint, clip_path, labels, tmp_path, capsys):
    out = str(tmp_path / 'out.json')
    arguments = [rec_config, rec_checkpoint, clip_path, labels]
    long_video.main([*arguments, out, '--device', 'cpu', '--input-step', '2', '--stride', '0.5', '--threshold', '0.1'])
    found = json.loads(open(out).read())
    assert list(found) == [str(number) for number in range(30)] and found['5'] == {}
    assert found['6'] and all(score >= 0.1 for score in found['6'].values())
    assert found['7'] == found['9'] and found['6'] != found['10']  # two frames of four are new after four more
    video = str(tmp_path / 'out.mp4')
    long_video.main([*arguments, video, '--device', 'cpu', '--stride', '1', '--label-color', '255', '0', '0'])
    with open_video(video) as drawn, open_video(clip_path) as source:
        assert len(drawn) == len(source) and drawn.size == source.size
        assert np.abs(drawn.get_frames([20]).astype(int) - source.get_frames([20])).max() > 100
    for more, message in (
        ([video, '--stride', '2'], '--stride (2.0) must be in 0..1'),
        ([video, '--input-step', '10'], 'has 30 frames, the window 4 with a step of 10'),
        ([clip_path], 'is the video'),
        ([video, '--msg-color', '1'], '--msg-color must be three numbers, found 1'),
    ):
        with pytest.raises(SystemExit):
            long_video.main([*arguments, *more, '--device', 'cpu'])
        assert message in capsys.readouterr().err


def test_webcam_demo_on_a_file(rec_config, rec_checkpoint, clip_path, labels, tmp_path, capsys, monkeypatch):
    out = str(tmp_path / 'out.mp4')
    arguments = [rec_config, rec_checkpoint, labels, '--device', 'cpu', '--camera-id', clip_path]
    webcam.main([*arguments, '--out', out, '--inference-fps', '5', '--average-size', '2', '--max-frames', '20'])
    with open_video(out) as drawn:
        assert len(drawn) == 20 and drawn.avg_fps == pytest.approx(25)
    monkeypatch.delenv('DISPLAY', raising=False)
    monkeypatch.delenv('WAYLAND_DISPLAY', raising=False)
    with pytest.raises(SystemExit):
        webcam.main(arguments)
    assert 'there is no display to show the frames on; give --out' in capsys.readouterr().err


def test_sources_that_do_not_open(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'no video at none\.mp4. A camera is given by its number'):
        LiveVideo('none.mp4')
    (tmp_path / 'x.mp4').write_bytes(b'x' * 100)
    with pytest.raises(VideoDecodeError, match='no video opens there'):
        LiveVideo(str(tmp_path / 'x.mp4'))
