"""Simulated schedules against their closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from mmaction.visualization.plots import draw_schedule, new_figure
from mmaction.visualization.schedule import epoch_length, needs_epoch_length, simulate, thin


def config(schedulers, epochs: int = 10, **optimizer) -> dict:
    return dict(
        optim_wrapper=dict(optimizer={**dict(type='SGD', lr=0.1, momentum=0.9), **optimizer}),
        param_scheduler=schedulers,
        train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=epochs),
        train_dataloader=dict(batch_size=4, dataset=dict(type='VideoDataset', ann_file='none.txt', pipeline=[])),
    )


def test_multistep_by_epoch() -> None:
    cfg = config(dict(type='MultiStepLR', milestones=[4, 8], gamma=0.1))
    want = 0.1 * 0.1 ** np.repeat([0, 1, 2], [4, 4, 2])
    np.testing.assert_allclose(simulate(cfg).values[:, 0], want, rtol=1e-12)
    schedule = simulate(cfg, length=5)
    assert (schedule.epoch_length, schedule.by_epoch, schedule.groups) == (5, True, ('base',))
    np.testing.assert_allclose(schedule.values[:, 0], np.repeat(want, 5), rtol=1e-12)


def test_warm_up_by_iteration_then_cosine() -> None:
    """Linear warm-up over 2 epochs of 5 iterations, then a cosine over the other 8, both stepped by iteration."""
    cfg = config(
        [
            dict(type='LinearLR', start_factor=0.1, begin=0, end=2, by_epoch=True, convert_to_iter_based=True),
            dict(type='CosineAnnealingLR', T_max=8, begin=2, end=10, by_epoch=True, convert_to_iter_based=True),
        ]
    )
    assert needs_epoch_length(cfg)
    values = simulate(cfg, length=5).values[:, 0]
    i = np.arange(10)
    np.testing.assert_allclose(values[:10], 0.1 * (0.1 + 0.9 * i / 9), rtol=1e-9)
    j = np.arange(40)
    np.testing.assert_allclose(values[10:], 0.05 * (1 + np.cos(np.pi * j / 40)), rtol=1e-6, atol=1e-9)
    with pytest.raises(ValueError, match='--dataset-size'):
        simulate(cfg)


def test_iteration_warm_up_with_epoch_steps() -> None:
    cfg = config(
        [
            dict(type='LinearLR', start_factor=0.2, by_epoch=False, begin=0, end=5),
            dict(type='MultiStepLR', milestones=[1], gamma=0.5, by_epoch=True),
        ],
        epochs=3,
    )
    values = simulate(cfg, length=6).values[:, 0]
    np.testing.assert_allclose(values, [0.02, 0.04, 0.06, 0.08, 0.1, 0.1] + [0.05] * 12, rtol=1e-9)


def test_groups_and_momentum() -> None:
    cfg = config([dict(type='ConstantLR', factor=0.5, end=3)], epochs=4, type='AdamW', betas=(0.8, 0.99))
    del cfg['optim_wrapper']['optimizer']['momentum']
    cfg['optim_wrapper']['paramwise_cfg'] = dict(custom_keys=dict(backbone=dict(lr_mult=0.1), norm=dict(decay_mult=0)))
    schedule = simulate(cfg)
    assert schedule.groups == ('base', 'backbone (x 0.1)')
    np.testing.assert_allclose(schedule.values, np.outer([0.05, 0.05, 0.1, 0.1], [1, 0.1]), rtol=1e-9)
    np.testing.assert_array_equal(simulate(cfg, 'momentum').values, np.full((4, 2), 0.8))
    cfg = config([dict(type='LinearMomentum', start_factor=0.5, end=3)], epochs=4)
    np.testing.assert_allclose(simulate(cfg, 'momentum').values[:, 0], [0.45, 0.675, 0.9, 0.9], rtol=1e-9)


def test_training_by_iterations() -> None:
    cfg = config([dict(type='MultiStepLR', milestones=[3], by_epoch=False, gamma=0.1)])
    cfg['train_cfg'] = dict(type='IterBasedTrainLoop', max_iters=5)
    schedule = simulate(cfg)
    assert not schedule.by_epoch
    np.testing.assert_allclose(schedule.values[:, 0], [0.1] * 3 + [0.01] * 2, rtol=1e-12)


def test_no_schedule_is_level_and_unknown_ones_are_named() -> None:
    np.testing.assert_array_equal(simulate(config(None)).values, np.full((10, 1), 0.1))
    with pytest.raises(ValueError, match='ReduceOnPlateauLR depends on validation results'):
        simulate(config([dict(type='ReduceOnPlateauLR', monitor='acc')]))
    with pytest.raises(ValueError, match='one entry per optimizer \\(g, d\\)'):
        simulate(config(dict(g=[], d=[])))
    with pytest.raises(ValueError, match='neither max_epochs nor max_iters'):
        simulate({**config(None), 'train_cfg': {}})


def test_epoch_length() -> None:
    assert epoch_length(30, 4) == 8
    assert epoch_length(30, 4, drop_last=True) == 7
    assert epoch_length(30, 4, num_gpus=8) == 1
    assert epoch_length(33, 4, num_gpus=8) == 2
    with pytest.raises(ValueError, match=r'dataset size \(0\)'):
        epoch_length(0, 4)
    with pytest.raises(ValueError, match='no batch: 30 samples per process for a batch of 64'):
        epoch_length(30, 64, drop_last=True)


def test_thinning_keeps_the_curve() -> None:
    x = np.arange(1000.0)
    y = np.where(x < 400, 1.0, 0.5)
    tx, ty = thin(x, y)
    assert tx.tolist() == [0, 399, 400, 999] and ty.tolist() == [1, 1, 0.5, 0.5]
    tx, ty = thin(x, np.sqrt(x), limit=100)
    assert len(tx) == 100 and (tx[0], tx[-1]) == (0, 999)
    np.testing.assert_array_equal(ty, np.sqrt(tx))


def test_plot_shows_the_values() -> None:
    schedule = simulate(config(dict(type='MultiStepLR', milestones=[4, 8], gamma=0.1)), length=5)
    figure = new_figure()
    draw_schedule(figure, schedule, 'title', 'lr')
    (axes,) = figure.axes
    x, y = axes.lines[0].get_data()
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_xlim()) == ('epoch', 'lr', (0, 10))
    np.testing.assert_allclose(np.interp([3.8, 4.01, 9.9], x, y), [0.1, 0.01, 0.001])


def test_the_length_comes_from_the_dataset(tmp_path, monkeypatch) -> None:
    from mmaction.visualization.schedule import count_samples

    (tmp_path / 'list.txt').write_text(''.join(f'{i}.mp4 0\n' for i in range(11)))
    data = dict(type='VideoDataset', ann_file=str(tmp_path / 'list.txt'), pipeline=[dict(type='NoSuchStep')])
    assert count_samples(data) == 11
    assert count_samples(dict(type='RepeatDataset', times=3, dataset=data)) == 33
