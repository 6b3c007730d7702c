"""Time of input pipelines: against bare decoding, and of the steps after it against the same steps on lists of frames.

    python benchmarks/pipelines.py [--repeat 30] [--videos FILE ...] [--pipelines TSN-train ...] [--out pipelines.json]

``results``: each round runs both implementations on the same clip under the same seed, one after the other, so that
the ratio does not depend on what else the machine does. ``ours`` stops where the pipeline stops, with a tensor whose
channels are innermost; ``ours_contiguous`` also copies it into the order that ``list`` gives. Outputs are compared
before timing.

``decoding``: processor time in milliseconds (median of the rounds, one thread) of the pipelines of published configs,
and of nothing but decoding the same frames, each once, with every decoder on the machine that returns the same pixels:
decord, PyAV, torchcodec, OpenCV and the reader of this package. They take turns in one process; ratios are medians of
those of the rounds. ``ratio`` is to the fastest of them, per video, ``ratio_to_others`` to the fastest that is not this
package. ``least`` decodes, resizes each distinct frame to the sizes that the pipeline asks for, and fills an array of
the size of its output: what no pipeline that gives this tensor can leave out. Default: two synthetic videos with
B-frames, of which one is resized by most pipelines.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import cv2
import mmcv
import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose

from mmaction.datasets.transforms import (
    Flip,
    FormatShape,
    MultiScaleCrop,
    PackActionInputs,
    RandomResizedCrop,
    Resize,
)
from mmaction.datasets.transforms.spatial import draw
from mmaction.testing import moving_texture
from mmaction.utils import register_all_modules
from mmaction.utils.buffers import empty
from mmaction.video import open_reader, write_video


# --- the same steps, frame by frame, in lists ------------------------------------------------------------------------
def list_resize(frames: list, size: tuple[int, int]) -> list:
    return [mmcv.imresize(frame, size) for frame in frames]


def list_short_edge(frames: list, edge: int) -> list:
    height, width = frames[0].shape[:2]
    return list_resize(frames, mmcv.rescale_size((width, height), (np.inf, edge)))


def list_crop(frames: list, box: draw.Box) -> list:
    left, top, right, bottom = box
    return [frame[top:bottom, left:right] for frame in frames]


def list_flip(frames: list) -> list:
    if np.random.rand() < 0.5:
        return [mmcv.imflip(frame) for frame in frames]
    return frames


def list_tsn(clip: np.ndarray) -> torch.Tensor:
    frames = list_short_edge(list(clip), 256)
    box = draw.multi_scale_box(frames[0].shape[:2], (224, 224), (1, 0.875, 0.75, 0.66), 1, draw.FIVE_PLACES)
    frames = list_flip(list_resize(list_crop(frames, box), (224, 224)))
    return torch.from_numpy(np.ascontiguousarray(np.stack(frames).transpose(0, 3, 1, 2)))


def list_slowonly(clip: np.ndarray) -> torch.Tensor:
    frames = list_short_edge(list(clip), 256)
    box = draw.resized_crop_box(frames[0].shape[:2], (0.08, 1.0), (3 / 4, 4 / 3))
    frames = list_flip(list_resize(list_crop(frames, box), (224, 224)))
    stacked = np.stack(frames)[None]
    return torch.from_numpy(np.ascontiguousarray(stacked.transpose(0, 4, 1, 2, 3)))


# --- ours ------------------------------------------------------------------------------------------------------------
TSN = [
    Resize((-1, 256)),
    MultiScaleCrop(224, (1, 0.875, 0.75, 0.66), max_wh_scale_gap=1),
    Resize((224, 224), keep_ratio=False),
    Flip(0.5),
    FormatShape('NCHW'),
    PackActionInputs(),
]
SLOWONLY = [
    Resize((-1, 256)),
    RandomResizedCrop(),
    Resize((224, 224), keep_ratio=False),
    Flip(0.5),
    FormatShape('NCTHW'),
    PackActionInputs(),
]


def ours(steps: list, clip: np.ndarray, num_clips: int, clip_len: int) -> torch.Tensor:
    results = dict(
        imgs=clip, img_shape=clip.shape[1:3], modality='RGB', num_clips=num_clips, clip_len=clip_len, label=0
    )
    for step in steps:
        results = step(results)
    return results['inputs']


def measure(runs: dict[str, Callable[[], torch.Tensor]], repeat: int) -> dict[str, list[float]]:
    """Milliseconds of each round of each run; the runs take turns."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for i in range(repeat + 2):
        for name, run in runs.items():
            np.random.seed(i)
            start = time.perf_counter()
            run()
            if i >= 2:
                times[name].append(1000 * (time.perf_counter() - start))
    return times


def speedup(ms: dict[str, list[float]], name: str) -> float:
    """How many times as fast as ``list``: the median over the rounds."""
    return round(statistics.median(a / b for a, b in zip(ms['list'], ms[name])), 3)


def benchmark(name: str, steps: list, naive: Callable, shape: tuple[int, int, int], repeat: int) -> dict:
    num_frames, height, width = shape
    clip = moving_texture(num_frames, height, width)
    clips = (1, num_frames) if steps is SLOWONLY else (num_frames, 1)
    for seed in range(5):
        np.random.seed(seed)
        a = ours(steps, clip, *clips)
        np.random.seed(seed)
        assert torch.equal(a, naive(clip)), f'{name}: the outputs differ under seed {seed}'
    ms = measure(
        {
            'list': lambda: naive(clip),
            'ours': lambda: ours(steps, clip, *clips),
            'ours_contiguous': lambda: ours(steps, clip, *clips).contiguous(),
        },
        repeat,
    )
    return {
        'pipeline': name,
        'clip': [num_frames, height, width, 3],
        'ms': {key: round(statistics.median(values), 3) for key, values in ms.items()},
        'speedup': speedup(ms, 'ours'),
        'speedup_contiguous': speedup(ms, 'ours_contiguous'),
    }


# --- against bare decoding -------------------------------------------------------------------------------------------
CONFIGS = {
    'TSN': 'tsn/tsn_imagenet-pretrained-r50_8xb32-1x1x3-100e_kinetics400-rgb.py',
    'TSM': 'tsm/tsm_imagenet-pretrained-r50_8xb16-1x1x8-50e_kinetics400-rgb.py',
    'SlowFast': 'slowfast/slowfast_r50_8xb8-8x8x1-256e_kinetics400-rgb.py',
    'SlowOnly': 'slowonly/slowonly_r50_8xb16-4x16x1-256e_kinetics400-rgb.py',
    'Swin': 'swin/swin-tiny-p244-w877_in1k-pre_8xb8-amp-32x2x1-30e_kinetics400-rgb.py',
    'X3D': 'x3d/x3d_s_13x6x1_facebook-kinetics400-rgb.py',
}
ROOT = Path(__file__).resolve().parents[1] / 'configs' / 'recognition'


def decode_decord(path: str, indices: np.ndarray) -> np.ndarray:
    import decord

    return decord.VideoReader(path, num_threads=1).get_batch(indices.tolist()).asnumpy()


def decode_pyav(path: str, indices: np.ndarray) -> np.ndarray:
    import av

    requested = set(indices.tolist())
    frames = []
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_type = 'NONE'
        for number, frame in enumerate(container.decode(stream)):
            if number in requested:
                frames.append(frame.to_ndarray(format='rgb24'))
            if len(frames) == len(requested):
                break
    return np.stack(frames)


def decode_opencv(path: str, indices: np.ndarray) -> np.ndarray:
    video = cv2.VideoCapture(path, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    requested = set(indices.tolist())
    frames = []
    for number in range(int(indices[-1]) + 1):
        if video.grab() and number in requested:
            frames.append(cv2.cvtColor(video.retrieve()[1], cv2.COLOR_BGR2RGB))
    video.release()
    return np.stack(frames)


def decode_torchcodec(path: str, indices: np.ndarray) -> np.ndarray:
    from torchcodec.decoders import VideoDecoder

    video = VideoDecoder(path, dimension_order='NHWC', num_ffmpeg_threads=1, seek_mode='exact')
    return video.get_frames_at(indices=indices.tolist()).data.numpy()


def decode_ours(path: str, indices: np.ndarray) -> np.ndarray:
    with open_reader(path) as reader:
        return reader.get_frames(indices)


DECODERS = {
    'decord': decode_decord,
    'pyav': decode_pyav,
    'opencv': decode_opencv,
    'torchcodec': decode_torchcodec,
    'ours': decode_ours,
}


def exact_decoders(path: str, indices: np.ndarray) -> list[str]:
    """The decoders that return the frames that decoding from the first one on gives."""
    want = decode_pyav(path, indices)
    exact = []
    for name, decode in DECODERS.items():
        try:
            if np.array_equal(decode(path, indices), want):
                exact.append(name)
        except Exception as error:  # of whatever type: a library that is absent, or does not read the file
            print(f'# {name} does not read {Path(path).name}: {type(error).__name__}')
    return exact


def least_after_decoding(pipeline: Compose, results: dict, distinct: int) -> Callable[[], None]:
    """The resizing of distinct frames and the writing of the output that a pipeline cannot leave out.

    Args:
        pipeline: the pipeline.
        results: a sample, which runs through it once to learn sizes.
        distinct: number of distinct frames.
    """
    sizes = []
    for step in pipeline.transforms:
        before = results.get('img_shape')
        results = step(results)
        if isinstance(step, Resize) and results['img_shape'] != before:
            sizes.append((np.zeros((*before, 3), np.uint8), results['img_shape']))
    output = results['inputs']

    def run() -> None:
        for frame, (height, width) in sizes:
            resized = empty((distinct, height, width, 3))
            for into in resized:
                cv2.resize(frame, (width, height), dst=into)
        empty((output.numel() * output.element_size(),)).fill(1)

    return run


def against_decoding(name: str, pipeline: Compose, path: str, repeat: int) -> dict:
    """One pipeline on one video."""

    def record() -> dict:
        np.random.seed(0)
        return dict(filename=path, label=0, start_index=0, modality='RGB')

    drawn = record()
    for step in pipeline.transforms[:2]:
        drawn = step(drawn)
    drawn['video_reader'].close()
    indices = np.unique(drawn['frame_inds'])
    np.random.seed(0)
    calls: dict[str, Callable] = {
        'pipeline': lambda: pipeline(record()),
        'least': least_after_decoding(pipeline, record(), len(indices)),
    }
    for decoder in exact_decoders(path, indices):
        calls[decoder] = lambda decode=DECODERS[decoder]: decode(path, indices)
    rounds: dict[str, list[float]] = {key: [] for key in calls}
    for _ in range(repeat):
        for key, call in calls.items():
            start = time.process_time()
            call()
            rounds[key].append(1000 * (time.process_time() - start))
    ms = {key: statistics.median(times) for key, times in rounds.items()}
    decoders = {key: ms[key] for key in calls if key in DECODERS}
    fastest = min(decoders, key=decoders.__getitem__)
    other = min(decoders.keys() - {'ours'}, key=decoders.__getitem__)
    needed = [decoder + least for decoder, least in zip(rounds[fastest], rounds['least'])]
    ratios = [a / b for a, b in zip(rounds['pipeline'], rounds[fastest])]
    return {
        'pipeline': name,
        'video': Path(path).name,
        'frames': [len(drawn['frame_inds']), len(indices)],
        'ms': round(ms['pipeline'], 2),
        'decoders_ms': {key: round(value, 2) for key, value in decoders.items()},
        'fastest': fastest,
        'ratio': round(statistics.median(ratios), 3),
        'ratio_range': [round(min(ratios), 3), round(max(ratios), 3)],
        'fastest_other': other,
        'ratio_to_others': round(statistics.median(a / b for a, b in zip(rounds['pipeline'], rounds[other])), 3),
        'least_ms': round(statistics.median(needed), 2),
        'ratio_to_least': round(statistics.median(a / b for a, b in zip(rounds['pipeline'], needed)), 3),
    }


def stock_pipelines(names: list[str] | None) -> dict[str, Compose]:
    """The training and test pipelines of the configs; ``names`` selects some."""
    register_all_modules(init_default_scope=True)
    found = {}
    for model, path in CONFIGS.items():
        config = Config.fromfile(str(ROOT / path))
        for kind in ('train', 'test'):
            name = f'{model}-{kind}'
            if f'{kind}_pipeline' in config and (names is None or name in names):
                found[name] = Compose(config[f'{kind}_pipeline'])
    return found


def synthetic_videos(folder: str) -> list[str]:
    """A video of the size that Kinetics is stored in, and one that has to be resized."""
    paths = []
    for height, width in ((256, 340), (240, 320)):
        path = str(Path(folder, f'{width}x{height}.mp4'))
        frames = moving_texture(300, height, width, velocity=(3, 1), cell=4)
        write_video(path, frames, fps=30, gop=250, options={'crf': '23', 'bf': '3'})
        paths.append(path)
    return paths


def decoding(names: list[str] | None, videos: list[str] | None, repeat: int) -> list[dict]:
    """All pipelines on all videos."""
    with tempfile.TemporaryDirectory() as folder:
        paths = videos or synthetic_videos(folder)
        rows = []
        for name, pipeline in stock_pipelines(names).items():
            for path in paths:
                row = against_decoding(name, pipeline, path, repeat)
                ratios = ', '.join(
                    f'{row[ratio]:.2f} x {of}'
                    for ratio, of in (
                        ('ratio', row['fastest']),
                        ('ratio_to_others', row['fastest_other']),
                        ('ratio_to_least', 'least'),
                    )
                )
                print(f'# {name:14} {row["video"]:24} {row["ms"]:8.1f} ms, {ratios}')
                rows.append(row)
        return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--repeat', type=int, default=30, help='timed rounds')
    parser.add_argument('--videos', nargs='+', help='video files of `decoding`; default: synthetic ones')
    parser.add_argument('--pipelines', nargs='*', help='such as TSN-train; default: all; none given: no `decoding`')
    parser.add_argument('--decode-repeat', type=int, default=9, help='timed rounds of `decoding`')
    parser.add_argument('--out', help='file for the JSON; it is printed in any case')
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(0)  # as in a worker of the data loader
    report = {
        'machine': platform.processor() or platform.machine(),
        'results': [
            benchmark('tsn', TSN, list_tsn, (8, 340, 454), args.repeat),
            benchmark('slowonly', SLOWONLY, list_slowonly, (8, 340, 454), args.repeat),
            benchmark('slowonly', SLOWONLY, list_slowonly, (32, 256, 340), args.repeat),
        ],
    }
    if args.pipelines != []:
        warnings.simplefilter('ignore')
        report['decoding'] = decoding(args.pipelines, args.videos, args.decode_repeat)
    text = json.dumps(report, indent=2)
    print(text)
    if args.out:
        with open(args.out, 'w') as file:
            file.write(text + '\n')


if __name__ == '__main__':
    main()
