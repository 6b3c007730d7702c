"""A graph network learns what the arms do, from a pickle of skeletons, through the command line."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import numpy as np

CONFIG = 'configs/skeleton/stgcnpp/stgcnpp_1xb16-joint-bone-motion-u32-45e_jhmdb14-keypoint-2d.py'
OPTIONS = [
    *(f'{split}_dataloader.{key}' for split in ('train', 'val', 'test')
      for key in ('num_workers=0', 'persistent_workers=False')),
    'train_cfg.max_epochs=4',
    'train_dataloader.dataset.times=8',
    'optim_wrapper.optimizer.lr=0.1',
    'param_scheduler.0.end=5',
    'param_scheduler.1.T_max=4',
    'model.backbone.num_stages=2',
    'model.backbone.down_stages=[2]',
    'model.cls_head.in_channels=24',
    'model.cls_head.dropout=0',
]  # fmt: skip


def skeletons(seed: int) -> list[dict]:
    """24 clips of a person that stands: 0 with the wrists up, 1 with them down, 2 lowers them."""
    rng = np.random.RandomState(seed)
    body = np.random.RandomState(9).uniform((130, 60), (190, 200), (17, 2))
    clips = []
    for i in range(24):
        frames = rng.randint(20, 50)
        points = body + rng.normal(0, 2, (17, 2)) + rng.normal(0, 0.2, (frames, 17, 2))
        wrists = (np.full(frames, -40), np.full(frames, 40), np.linspace(-40, 40, frames))[i % 3]
        points[:, 9:11, 1] = 130 + wrists[:, None]
        clips.append(
            dict(
                frame_dir=f'{seed}_{i}',
                label=i % 3,
                img_shape=(240, 320),
                original_shape=(240, 320),
                total_frames=frames,
                keypoint=points[None].astype(np.float16),
                keypoint_score=np.ones((1, frames, 17), np.float16),
            )
        )
    return clips


def test_learns_a_movement(root: Path, tmp_path: Path, run):
    clips = {split: skeletons(seed) for seed, split in enumerate(('train', 'test'))}
    data = dict(
        split={split: [clip['frame_dir'] for clip in part] for split, part in clips.items()},
        annotations=clips['train'] + clips['test'],
    )
    (tmp_path / 'data' / 'skeleton').mkdir(parents=True)
    (tmp_path / 'data' / 'skeleton' / 'jhmdb14_coco17.pkl').write_bytes(pickle.dumps(data))
    work = tmp_path / 'work'
    config = str(root / CONFIG)
    run(str(root / 'tools/train.py'), config, '--work-dir', str(work), '--seed', '0', '--cfg-options', *OPTIONS,
        cwd=tmp_path)  # fmt: skip
    done = run(str(root / 'tools/test.py'), config, str(work / 'epoch_4.pth'), '--work-dir', str(work),
               '--dump', 'scores.pkl', '--cfg-options', *OPTIONS, cwd=tmp_path)  # fmt: skip
    top1 = float(re.findall(r'acc/top1: ([\d.]+)', done.stdout + done.stderr)[-1])
    scores = np.stack([np.asarray(item['pred_score']) for item in pickle.loads((tmp_path / 'scores.pkl').read_bytes())])
    assert scores.shape == (24, 14)
    hits = scores.argmax(1) == [clip['label'] for clip in clips['test']]
    assert top1 == round(float(hits.mean()), 4) >= 0.9
