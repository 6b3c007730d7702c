"""Output hook, loops over several loaders, weight initialisation, registries."""

from __future__ import annotations

import math
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn
from torch.utils.data import DataLoader

from mmaction.engine import ConvBranchInit, OutputHook, VisualizationHook
from mmaction.engine.hooks import logger_hook
from mmaction.engine.runner.multi_loop import EpochMultiLoader
from mmaction.registry import MODELS, TRANSFORMS
from mmaction.structures import ActionDataSample
from mmaction.video import write_video
from mmaction.visualization import ActionVisualizer


def net() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(1, 2, 1), nn.Sequential(nn.ReLU(), nn.Flatten()))


def test_output_hook_collects_and_lets_go() -> None:
    model, x = net(), torch.randn(2, 1, 3, 3)
    with OutputHook(model, ['0', '1.0'], as_tensor=True) as hook:
        y = model(x)
    assert torch.equal(hook.layer_outputs['1.0'].flatten(1), y)
    assert not hook.layer_outputs['0'].requires_grad
    kept = hook.layer_outputs['0']
    model(x + 1)
    assert hook.layer_outputs['0'] is kept
    with OutputHook(model, '0') as hook:
        model(x)
    assert isinstance(hook.layer_outputs['0'], np.ndarray)


def test_samples_are_drawn_by_a_method_that_can_be_replaced(tmp_path, clip) -> None:
    write_video(tmp_path / 'clip.mp4', clip[:4])

    class LabelledOnly(VisualizationHook):
        def _draw_samples(self, batch_idx, data_batch, data_samples, step=0):
            kept = [i for i, sample in enumerate(data_samples) if sample.gt_label.item() >= 0]
            inputs = [data_batch['inputs'][i] for i in kept]
            super()._draw_samples(batch_idx, dict(inputs=inputs), [data_samples[i] for i in kept], step=step)

    visualizer = ActionVisualizer.get_instance('drawn by a method')  # the hook takes the current one
    runner = SimpleNamespace(visualizer=visualizer, iter=7)
    samples = [ActionDataSample(metainfo=dict(filename=str(tmp_path / 'clip.mp4'))).set_gt_label(i) for i in (-1, 2)]
    hook = LabelledOnly(enable=True, interval=1, out_dir=str(tmp_path / 'drawn'), out_type='gif')
    hook.after_val_iter(runner, 0, dict(inputs=[torch.zeros(1, 3, 4, 8, 8)] * 2), samples)
    assert [file.name for file in (tmp_path / 'drawn').iterdir()] == ['clip_7.gif']


def test_output_hook_names_the_missing_module() -> None:
    with pytest.raises(ValueError, match=r"no module 'backbone\.layer9'.*children are 0, 1"):
        OutputHook(net(), ['backbone.layer9'])


def test_loaders_run_together() -> None:
    loader = EpochMultiLoader([DataLoader(range(4)), DataLoader(range(10, 12))])
    assert len(loader) == 4
    assert [[int(x) for x in pair] for pair in loader] == [[0, 10], [1, 11], [2, 10], [3, 11]]


def test_conv_branch_init() -> None:
    torch.manual_seed(0)
    module = nn.Module()
    module.conv_d = nn.ModuleList(nn.Conv2d(64, 128, 1) for _ in range(3))
    ConvBranchInit('conv_d')(module)
    std = torch.stack([c.weight for c in module.conv_d]).std().item()
    assert std == pytest.approx(math.sqrt(2 / (128 * 64 * 1 * 3)), rel=0.02)
    assert module.conv_d[0].bias.abs().max() == 0


def test_unknown_names_are_answered_with_close_ones() -> None:
    with pytest.raises(
        KeyError, match=r'Recogniser2D is not in the mmaction::models registry\. Did you mean Recognizer2D'
    ):
        MODELS.build(dict(type='Recogniser2D'))
    with pytest.raises(KeyError, match=r'Did you mean .*SampleFrames'):
        TRANSFORMS.build(dict(type='SampleFrame'))


def test_taken_names_raise() -> None:
    with pytest.raises(KeyError, match='Resize is already registered'):
        TRANSFORMS.register_module(name='Resize', module=dict)
        TRANSFORMS.register_module(name='Resize', module=list)


class _Identity(BaseModel):
    def forward(self, inputs: torch.Tensor, mode: str) -> list:
        return [ActionDataSample().set_pred_score(torch.ones(2)).set_gt_label(0) for _ in inputs]


@pytest.mark.parametrize(('silence', 'lines'), [(0, [1, 2, 3]), (60, [2])])
def test_slow_tests_log_each_batch_and_the_remaining_time(tmp_path, monkeypatch, silence, lines) -> None:
    """mmengine's hook logs every second batch here, whatever their time."""
    monkeypatch.setattr(logger_hook, '_LONGEST_SILENCE_SEC', silence)
    runner = Runner(
        _Identity(),
        str(tmp_path),
        test_dataloader=dict(dataset=[torch.zeros(1)] * 3, sampler=dict(type='DefaultSampler', shuffle=False)),
        test_cfg=dict(),
        test_evaluator=dict(type='AccMetric', metric_list=('mean_class_accuracy',)),
        default_hooks=dict(logger=dict(type='LoggerHook', interval=2)),
        default_scope='mmaction',
        experiment_name=f'silence_{silence}',
    )
    runner.test()
    log = next(tmp_path.rglob('*.log')).read_text()
    found = re.findall(r'Epoch\(test\) \[(\d)/3\] +eta: \d:\d\d:\d\d  time: ', log)
    assert [int(number) for number in found] == lines
