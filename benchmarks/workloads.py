"""One piece of work through the public API that this package shares with MMAction2.

    python benchmarks/workloads.py ROOT NAME FILES THREADS

The script runs in either package's interpreter, each time in a process of its own: ``ROOT`` is the folder that holds
``configs``, ``FILES`` a JSON object with the video, the checkpoint and the annotation file that ``run.py`` made.
The last line of the output is JSON: ``seconds`` of one repetition, after one that is not counted; ``mib``, the peak of
the process; and ``values``, figures that both packages must agree on, where there are any.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import sys
import tempfile
import time
import warnings

START = time.perf_counter()
TSN = 'tsn/tsn_imagenet-pretrained-r50_8xb32-1x1x3-100e_kinetics400-rgb.py'
TSM = 'tsm/tsm_imagenet-pretrained-r50_8xb16-1x1x8-50e_kinetics400-rgb.py'
SLOWFAST = 'slowfast/slowfast_r50_8xb8-8x8x1-256e_kinetics400-rgb.py'
SLOWONLY = 'slowonly/slowonly_r50_8xb16-4x16x1-256e_kinetics400-rgb.py'
SWIN = 'swin/swin-tiny-p244-w877_in1k-pre_8xb8-amp-32x2x1-30e_kinetics400-rgb.py'
X3D = 'x3d/x3d_s_13x6x1_facebook-kinetics400-rgb.py'


def read(path):
    """A config whose model fetches nothing."""
    from mmengine.config import Config

    cfg = Config.fromfile(os.path.join('configs', 'recognition', path))
    strip(cfg._cfg_dict)
    cfg.load_from = None
    return cfg


def strip(node):
    """Remove the pretrained weights from the settings, in place."""
    if isinstance(node, list | tuple):
        for part in node:
            strip(part)
    if not isinstance(node, dict):
        return
    for key, value in list(node.items()):
        if key == 'pretrained' or (key == 'init_cfg' and 'Pretrained' in str(value)):
            node[key] = None
        else:
            strip(value)


def seconds_of(work, repeat):
    """Mean time of a repetition, after one that is not counted."""
    work()
    start = time.perf_counter()
    for _ in range(repeat):
        work()
    return (time.perf_counter() - start) / repeat


def pipeline(files, path, key):
    """The steps of a pipeline on one video."""
    from mmengine.dataset import Compose

    steps = Compose(read(path)[key])
    record = {'filename': files['video'], 'label': 0, 'start_index': 0, 'modality': 'RGB'}
    return {'seconds': seconds_of(lambda: steps(dict(record)), 3)}


def train(files, path, batch, shape):
    """Steps of training with SGD on random frames."""
    import torch
    from mmengine.optim import OptimWrapper

    from mmaction.registry import MODELS
    from mmaction.structures import ActionDataSample

    model = MODELS.build(read(path).model).train()
    wrapper = OptimWrapper(torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9))
    inputs = [torch.randint(0, 255, shape, dtype=torch.uint8) for _ in range(batch)]
    samples = [ActionDataSample().set_gt_label(i) for i in range(batch)]
    return {'seconds': seconds_of(lambda: model.train_step({'inputs': inputs, 'data_samples': samples}, wrapper), 3)}


def infer(files, path, key='val_pipeline', video='video', num_clips=None, repeat=3):
    """Predictions for one video, from the file to the scores."""
    from mmaction.apis import inference_recognizer, init_recognizer

    cfg = read(path)
    cfg.test_pipeline = cfg[key]
    for step in cfg.test_pipeline:
        if num_clips and step['type'] == 'SampleFrames':
            step['num_clips'] = num_clips
    model = init_recognizer(cfg, None, device='cpu')
    return {'seconds': seconds_of(lambda: inference_recognizer(model, files[video]), repeat)}


def quick_test(files):
    """``tools/test.py`` of TSN on two videos: 25 clips, ten crops, from the files to the metrics."""
    from mmengine.runner import Runner

    cfg = read(TSN)
    cfg.load_from = files['checkpoint']
    cfg.test_dataloader.dataset.update(ann_file=files['ann_file'], data_prefix={'video': files['folder']})
    cfg.launcher = 'none'
    with tempfile.TemporaryDirectory() as folder:
        cfg.work_dir = folder
        start = time.perf_counter()
        metrics = Runner.from_cfg(cfg).test()
        seconds = time.perf_counter() - start
    return {'seconds': seconds, 'values': {name: float(value) for name, value in metrics.items()}}


WORK = {
    'import': lambda files: {'seconds': None},
    'pipe_tsn_train': lambda files: pipeline(files, TSN, 'train_pipeline'),
    'pipe_tsn_test': lambda files: pipeline(files, TSN, 'test_pipeline'),
    'pipe_slowfast_train': lambda files: pipeline(files, SLOWFAST, 'train_pipeline'),
    'pipe_slowonly_test': lambda files: pipeline(files, SLOWONLY, 'test_pipeline'),
    'infer_tsn': lambda files: infer(files, TSN),
    'infer_tsm': lambda files: infer(files, TSM),
    'infer_slowonly': lambda files: infer(files, SLOWONLY),
    'infer_swin_tiny': lambda files: infer(files, SWIN),
    'infer_x3d_s': lambda files: infer(files, X3D, 'test_pipeline'),
    'train_tsn': lambda files: train(files, TSN, 4, (3, 3, 224, 224)),
    'train_slowonly': lambda files: train(files, SLOWONLY, 2, (1, 3, 4, 224, 224)),
    'quick_test': quick_test,
    'clips_1': lambda files: infer(files, TSN, num_clips=1),
    'clips_10': lambda files: infer(files, TSN, num_clips=10, repeat=1),
    'clips_100': lambda files: infer(files, TSN, num_clips=100, repeat=1),
    'video_10s': lambda files: infer(files, TSN, video='video_10s'),
    'video_10min': lambda files: infer(files, TSN, video='video_10min'),
    'video_2h': lambda files: infer(files, TSN, video='video_2h', repeat=1),
}


def peak_mib():
    """Peak memory of this process. Linux lets ``ru_maxrss`` begin at that of the process which started this one."""
    status = '/proc/self/status'
    if os.path.isfile(status):
        with open(status) as file:
            lines = dict(line.split(':', 1) for line in file)
        if 'VmHWM' in lines:
            return int(lines['VmHWM'].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    root, name, files, threads = sys.argv[1:5]
    warnings.simplefilter('ignore')
    os.chdir(root)
    sys.path.insert(0, root)
    import mmaction  # noqa: F401
    from mmaction.utils import register_all_modules

    register_all_modules(init_default_scope=True)
    imported = time.perf_counter() - START
    if name != 'import':
        import numpy as np
        import torch

        torch.set_num_threads(int(threads))
        torch.manual_seed(0)
        np.random.seed(0)
        logging.disable(logging.WARNING)
    result = WORK[name](json.loads(files))
    if result['seconds'] is None:
        result['seconds'] = imported
    result['mib'] = peak_mib()
    print(json.dumps(result))


if __name__ == '__main__':
    main()
