"""The main job on two CPU cores: prepare videos, train, test, infer, and leave something to look at in ``demo_out/``.

Two small networks learn to tell which way a texture slides. TSM mixes neighbouring frames and can; TSN sees the same
frames without their order and cannot. Every step is a command that is printed before it runs.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAMES = {'tsm': 'TSM', 'tsn': 'TSN'}
CONFIG = 'configs/recognition/{0}/{0}_r18-2stages_1xb10-8x4x1-16e_kinetics400-tiny-rgb.py'
DATA = Path('data/kinetics400_tiny_synthetic')  # as the configs say
CLASSES = ('sliding right', 'sliding left')


def run(*command: object, log: Path) -> str:
    """Run a script of the checkout with this Python; its output goes to ``log`` and is returned."""
    shown = ' '.join(map(str, command))
    print(f'\n$ python {shown}\n  (log: {log})', flush=True)
    start = time.time()
    with log.open('w') as file:
        done = subprocess.run([sys.executable, *map(str, command)], stdout=file, stderr=subprocess.STDOUT, check=False)
    text = log.read_text()
    if done.returncode != 0:
        sys.exit(f'{shown} ended with code {done.returncode}. The end of {log}:\n{text[-3000:]}')
    print(f'  {time.time() - start:.0f} s')
    return text


def train(name: str, out: Path) -> Path:
    """Train one network and return its best checkpoint."""
    work_dir = out / 'work_dirs' / name
    shutil.rmtree(work_dir, ignore_errors=True)
    run('tools/train.py', CONFIG.format(name), '--work-dir', work_dir, log=out / f'train_{name}.log')
    return next(work_dir.glob('best_acc*top1*.pth'))


def test(name: str, checkpoint: Path, out: Path) -> tuple[float, Path]:
    """Test a checkpoint on the held-out clips; returns its accuracy and the file of all scores."""
    scores = out / f'scores_{name}.pkl'
    text = run(
        'tools/test.py',
        CONFIG.format(name),
        checkpoint,
        '--work-dir',
        out / 'work_dirs' / f'{name}_test',
        '--dump',
        scores,
        log=out / f'test_{name}.log',
    )
    return float(re.findall(r'acc/top1: ([\d.]+)', text)[-1]), scores


def draw_curves(out: Path) -> None:
    """Accuracy on the held-out clips after each epoch, of both networks."""
    from mmaction.visualization.plots import plot_curves, read_scalars

    series = {}
    for name, title in NAMES.items():
        logs = sorted((out / 'work_dirs' / name).glob('*/vis_data/scalars.json'))
        series[title] = read_scalars(logs[-1])['acc/top1']
    plot_curves(out / 'training_curve.png', series, 'Held-out clips', 'epoch', 'top-1 accuracy')


def draw_confusion(scores: Path, out: Path) -> None:
    """Confusion matrix of the tested checkpoint."""
    import torch

    from mmaction.evaluation import ConfusionMatrix

    with scores.open('rb') as file:
        samples = pickle.load(file)
    matrix = ConfusionMatrix.calculate(
        torch.stack([s['pred_score'] for s in samples]), torch.cat([s['gt_label'] for s in samples])
    )
    figure = ConfusionMatrix.plot(matrix, include_values=True, classes=CLASSES, show=False)
    figure.savefig(out / 'confusion_matrix.png', dpi=120)


def infer(checkpoint: Path, out: Path) -> None:
    """Label a held-out clip and write the video."""
    labels = out / 'label_map.txt'
    labels.write_text('\n'.join(CLASSES) + '\n')
    name, label = (ROOT / DATA / 'kinetics_tiny_val_video.txt').read_text().splitlines()[1].split()
    results = out / 'labelled.json'
    run(
        'demo/demo_inferencer.py',
        DATA / 'val' / name,
        '--rec',
        CONFIG.format('tsm'),
        '--rec-weights',
        checkpoint,
        '--label-file',
        labels,
        '--vid-out-dir',
        out,
        '--pred-out-file',
        results,
        '--print-result',
        log=out / 'infer.log',
    )
    written = out / name
    if written.is_file():
        written.replace(out / 'labelled.mp4')
    best = json.loads(results.read_text())['predictions'][0]['rec_labels'][0][0]
    print(f'  {name}: {CLASSES[best]} (truth: {CLASSES[int(label)]})')


def main(argv: Sequence[str] | None = None) -> None:
    """Run all steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', type=Path, default=ROOT / 'demo_out', help='folder of the results')
    args = parser.parse_args(argv)
    start = time.time()
    out = args.out.resolve()
    if out.is_relative_to(ROOT):
        out = out.relative_to(ROOT)  # shorter commands
    os.chdir(ROOT)
    out.mkdir(parents=True, exist_ok=True)

    run(
        'tools/data/kinetics400_tiny/prepare.py',
        '--source',
        'synthetic',
        '--out',
        DATA,
        '--train-clips',
        60,
        '--val-clips',
        40,
        '--force',
        log=out / 'prepare.log',
    )
    accuracy, scores = {}, {}
    checkpoints = {name: train(name, out) for name in NAMES}
    for name, checkpoint in checkpoints.items():
        accuracy[name], scores[name] = test(name, checkpoint, out)
    draw_curves(out)
    draw_confusion(scores['tsm'], out)
    infer(checkpoints['tsm'], out)

    print(f'\nDone in {time.time() - start:.0f} s. Top-1 accuracy on 40 held-out clips:')
    for name, title in NAMES.items():
        print(f'  {title}  {100 * accuracy[name]:.1f} %')
    print(
        'TSM mixes neighbouring frames and sees which way they move; TSN averages single frames and guesses.\n'
        f'Look at {out}/:\n'
        '  labelled.mp4          a held-out clip with its label and scores\n'
        '  confusion_matrix.png  which class was taken for which, by TSM\n'
        '  training_curve.png    accuracy after each epoch, both networks'
    )


if __name__ == '__main__':
    main()
