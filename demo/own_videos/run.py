"""From labeled videos to a model and back, offline: the four commands, on footage that is drawn at run time.

The study is an animal that rests, walks, rears and grooms, labeled as a BORIS project. Every step is a command that is
printed before it runs; ``demo_out/own_videos`` holds the page and the predicted BORIS project in the end.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENCODER = Path(__file__).with_name('encoder.py')


def prepare(out: Path, videos: int, seconds: float) -> None:
    """Draw the footage, and write the random weights of the encoder."""
    import torch
    from footage import make_study, write_boris

    from mmaction.apis import init_recognizer

    project = make_study(out / 'videos', 'day', videos, seconds, seed=0)
    write_boris(project, out / 'study.boris')
    make_study(out / 'new_videos', 'new', 2, seconds, seed=1)
    torch.manual_seed(0)
    model = init_recognizer(str(ENCODER), None, 'cpu')
    torch.save(model.backbone.state_dict(), out / 'encoder.pth')
    shutil.copyfile(ENCODER, out / 'encoder.py')


def commands(epochs: int | None = None) -> list[str]:
    """The commands, in the folder of the demo."""
    limit = f' --epochs {epochs}' if epochs else ''
    return [
        'data import study.boris --videos videos --out data/study --val 0.3',
        f'fit data/study --features encoder.py --weights encoder.pth --step-sec 0.25{limit}',
        'report runs/study --to boris --next next.boris',
        'annotate new_videos --model runs/study --to boris --out new.boris',
    ]


def run(words: str, out: Path) -> None:
    """Run a command of mmaction in the folder of the demo; its output goes to a log."""
    log = out / f'{words.split()[0]}.log'
    print(f'\n$ mmaction {words}', flush=True)
    start = time.time()
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get('PYTHONPATH', '')]))
    done = subprocess.run(
        [sys.executable, '-m', 'mmaction', *words.split()],
        cwd=out,
        env={**os.environ, 'PYTHONPATH': path},
        stdout=log.open('w'),
        stderr=subprocess.STDOUT,
        check=False,
    )
    text = log.read_text()
    if done.returncode:
        sys.exit(f'mmaction {words} ended with code {done.returncode}. The end of {log}:\n{text[-3000:]}')
    # Progress is for the log alone.
    lines = [line for line in text.splitlines() if ' left)' not in line]
    print('\n'.join(lines[-8:]))
    print(f'  {time.time() - start:.0f} s')


def main(argv: Sequence[str] | None = None) -> None:
    """Run all steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', type=Path, default=ROOT / 'demo_out' / 'own_videos', help='folder of the results')
    parser.add_argument('--videos', type=int, default=10, help='number of labeled videos; default: 10')
    parser.add_argument('--seconds', type=float, default=20.0, help='length of each; default: 20')
    parser.add_argument('--epochs', type=int, help='of the training, at most; default: by the number of videos')
    args = parser.parse_args(argv)
    start = time.time()
    out = args.out.resolve()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    print('Drawing the footage ...', flush=True)
    prepare(out, args.videos, args.seconds)
    for words in commands(args.epochs):
        run(words, out)
    print(
        f'\nDone in {time.time() - start:.0f} s. Look at {out}/:\n'
        '  runs/study/report.html  what the model learned, where it fails, what to label next\n'
        '  new.boris               predictions on new videos, to open in BORIS and correct\n'
        '  next.boris              the segments to label next\n'
        '  study.boris             the annotation that it began with'
    )


if __name__ == '__main__':
    main()
