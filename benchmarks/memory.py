"""Time and peak memory of commands on a 10-second, a 10-minute and a 2-hour video.

    python benchmarks/memory.py [--work infer draw demo features localize] [--seconds 10 600 7200] [--out memory.json]

Prints seconds and peak MiB (resident, of a process of its own) of each command and length. Memory may grow by what is
kept per clip, a row of features, and per frame, its time; not by frames. The models are small, with weights as drawn.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FPS = 10
RECOGNIZER = """
default_scope = 'mmaction'
model = dict(
    type='Recognizer2D',
    backbone=dict(type='ResNet', depth=18, num_stages=2, strides=(1, 2), dilations=(1, 1), out_indices=(1,)),
    cls_head=dict(type='TSNHead', num_classes=6, in_channels=128, average_clips='prob'),
    data_preprocessor=dict(
        type='ActionDataPreprocessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], format_shape='NCHW'
    ),
)
test_pipeline = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=1, frame_interval=1, num_clips=25, test_mode=True),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 64)),
    dict(type='CenterCrop', crop_size=64),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='PackActionInputs'),
]
test_dataloader = dict(dataset=dict(type='VideoDataset', ann_file='', pipeline=test_pipeline))
"""
LOCALIZER = """
default_scope = 'mmaction'
model = dict(
    type='ActionFormer', in_channels=128, num_classes=2, channels=8, num_heads=2, window_size=5, num_stem=1,
    regression_ranges=((0, 4), (4, 10000)), classes=['run', 'jump'],
)
test_pipeline = [
    dict(type='LoadLocalizationFeature'),
    dict(type='SegmentsOnFeatureGrid', stride=16),
    dict(type='PackLocalizationInputs', keys=('gt_segments', 'gt_labels'),
         meta_keys=('video_name', 'duration_second', 'feature_step_sec', 'feature_start_sec')),
]
"""


def make_video(folder: Path, seconds: int, height: int, width: int) -> Path:
    """Encode a video of that length; B-frames and groups of 250 frames, as most videos have them."""
    from mmaction.testing import iter_texture, write_video

    path = folder / f'{seconds}s.mp4'
    options = {'preset': 'ultrafast', 'crf': '30', 'bf': '2'}
    write_video(path, iter_texture(seconds * FPS, height, width), FPS, gop=250, options=options)
    return path


def commands(folder: Path, video: Path, name: str) -> list[str]:
    """The command line of one kind of work on a video."""
    out = folder / 'out' / name / video.stem
    videos = folder / f'{video.stem}.txt'
    videos.write_text(f'{video.name} 0\n')
    recognizer = [str(folder / 'recognizer.py'), str(folder / 'recognizer.pth')]
    localizer = [str(folder / 'localizer.py'), str(folder / 'localizer.pth')]
    infer = ['infer', str(video), '--rec', recognizer[0], '--rec-weights', recognizer[1], '--device', 'cpu']
    return {
        'infer': infer,
        'draw': [*infer, '--vid-out-dir', str(out)],
        'demo': [
            *('tools', 'demo', *recognizer, str(video), str(folder / 'labels.txt'), '--device', 'cpu'),
            *('--out-filename', str(out / 'drawn.mp4')),
        ],
        'features': [
            *('features', *recognizer, str(out), '--video-list', str(videos), '--video-root', str(folder)),
            *('--long-video-mode', '--device', 'cpu'),
        ],
        'localize': [
            *('localize', str(video), '--out', str(out), '--recognizer', *recognizer, '--localizer', *localizer),
            *('--device', 'cpu'),
        ],
    }[name]


def write_models(folder: Path) -> None:
    """Write configs and checkpoints of a small recognizer and a small localizer, in a process of its own."""
    (folder / 'recognizer.py').write_text(RECOGNIZER)
    (folder / 'localizer.py').write_text(LOCALIZER)
    (folder / 'labels.txt').write_text('\n'.join('abcdef'))
    code = (
        'import sys, torch\n'
        'from mmaction.apis import init_localizer, init_recognizer\n'
        'for build, name in ((init_recognizer, "recognizer"), (init_localizer, "localizer")):\n'
        '    path = f"{sys.argv[1]}/{name}"\n'
        '    torch.save({"state_dict": build(f"{path}.py", device="cpu").state_dict()}, f"{path}.pth")\n'
    )
    subprocess.run([sys.executable, '-W', 'ignore', '-c', code, str(folder)], check=True)


def measure(command: list[str]) -> tuple[float, float]:
    """Wall seconds and peak MiB of a command.

    Raises:
        SystemExit: it fails.
    """
    start = time.perf_counter()
    with tempfile.TemporaryFile() as log:
        child = subprocess.Popen([sys.executable, '-W', 'ignore', '-m', 'mmaction', *command], stdout=log, stderr=log)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if status:
            log.seek(0)
            raise SystemExit(f'mmaction {" ".join(command)} failed:\n{log.read().decode()[-2000:]}')
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    work = ('infer', 'draw', 'demo', 'features', 'localize')
    parser.add_argument('--work', nargs='+', choices=work, default=work)
    parser.add_argument('--seconds', nargs='+', type=int, default=[10, 600, 7200], help='lengths of the videos')
    parser.add_argument('--height', type=int, default=240)
    parser.add_argument('--width', type=int, default=320)
    parser.add_argument('--out', help='file for the JSON; it is printed in any case')
    args = parser.parse_args()
    report: dict = {'fps': FPS, 'size': [args.height, args.width], 'results': {name: {} for name in args.work}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_models(folder)
        for length in args.seconds:
            video = make_video(folder, length, args.height, args.width)
            for kind in args.work:
                took, peak = measure(commands(folder, video, kind))
                report['results'][kind][length] = {'seconds': round(took, 1), 'peak_mib': round(peak)}
                print(f'{kind:10} {length:6} s  {took:8.1f} s  {peak:8.0f} MiB', file=sys.stderr, flush=True)
    text = json.dumps(report, indent=2)
    print(text)
    if args.out:
        Path(args.out).write_text(text + '\n')


if __name__ == '__main__':
    main()
