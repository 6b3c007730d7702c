"""Time our readers against plain ``decord.VideoReader`` on one synthetic H.264 file.

Prints JSON: wall and processor time in milliseconds (best of the rounds, opening included) and their ratios to plain
decord, below 1 where ours is quicker. ``first`` opens a file that the process has not seen, ``again`` one it has.

    python benchmarks/video_decode.py [--height 256 --width 340 --frames 300 --gop 60 --rounds 9]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

SIZES = {'height': 256, 'width': 340, 'frames': 300, 'gop': 60, 'rounds': 9}


def best_of(rounds: int, **calls: Callable[[], object]) -> dict[str, dict[str, float]]:
    """Best wall and processor time of each call in milliseconds; the calls take turns, so that load hits all alike."""
    clocks = {'ms': time.perf_counter, 'cpu_ms': time.process_time}
    best = {clock: dict.fromkeys(calls, float('inf')) for clock in clocks}
    for _ in range(rounds):
        for name, call in calls.items():
            start = {clock: now() for clock, now in clocks.items()}
            call()
            for clock, now in clocks.items():
                best[clock][name] = min(best[clock][name], 1000 * (now() - start[clock]))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in SIZES.items():
        parser.add_argument(f'--{name}', type=int, default=default)
    parser.add_argument('--out', type=Path, help='file for the JSON; it is printed in any case')
    args = parser.parse_args()

    import decord

    from mmaction.testing import moving_texture
    from mmaction.video import open_reader, write_video
    from mmaction.video.scan import forget

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / 'clip.mp4')
        write_video(path, moving_texture(args.frames, args.height, args.width), gop=args.gop)

        def raw(indices: np.ndarray) -> np.ndarray:
            return decord.VideoReader(path, num_threads=1).get_batch(indices.tolist()).asnumpy()

        def ours(backend: str, indices: np.ndarray, is_new: bool) -> np.ndarray:
            if is_new:
                forget()
            with open_reader(path, backend) as reader:
                return reader.get_frames(indices)

        start = args.frames // 3
        tasks = {
            'sparse_8': np.linspace(0, args.frames - 1, 8).astype(int),
            'dense_32': np.arange(start, start + 32),
        }
        report: dict = {'setting': {name: getattr(args, name) for name in SIZES}, 'tasks': {}}
        for task, indices in tasks.items():
            calls = {'raw_decord': lambda i=indices: raw(i)}
            for backend in ('auto', 'decord', 'pyav', 'opencv'):
                for when in ('first', 'again'):
                    calls[f'{backend}_{when}'] = lambda b=backend, i=indices, w=when: ours(b, i, w == 'first')
            for name, call in calls.items():
                if not np.array_equal(call(), raw(indices)):
                    raise SystemExit(f'{name} returns other frames than decord.')
            report['tasks'][task] = {
                clock: {k: {'time': round(v, 2), 'ratio': round(v / times['raw_decord'], 3)} for k, v in times.items()}
                for clock, times in best_of(args.rounds, **calls).items()
            }
    text = json.dumps(report, indent=2)
    print(text)
    if args.out:
        args.out.write_text(text + '\n')


if __name__ == '__main__':
    main()
