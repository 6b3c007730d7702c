"""Single settings of the 0.x line and what they become."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from mmengine.optim import build_optim_wrapper

from mmaction.compat.convert import convert_config
from mmaction.compat.detect import old_keys
from mmaction.compat.evaluation import best_checkpoint, evaluator, validation
from mmaction.compat.optimizer import convert_optimizer
from mmaction.compat.pipeline import convert_pipeline, normalization
from mmaction.compat.report import Report
from mmaction.compat.runtime import convert_environment, convert_hooks, convert_resuming
from mmaction.compat.schedule import convert_schedule
from mmaction.compat.transforms import PaddingWithLoop, PoseNormalize
from mmaction.registry import PARAM_SCHEDULERS


def rates(schedulers: list[dict], epochs: int, lr: float) -> list[float]:
    """The learning rate of each epoch."""
    model = torch.nn.Linear(1, 1)
    wrapper = build_optim_wrapper(model, dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=lr)))
    built = []
    for scheduler in schedulers:
        scheduler = {key: value for key, value in scheduler.items() if key != 'convert_to_iter_based'}
        built.append(PARAM_SCHEDULERS.build(scheduler, default_args=dict(optimizer=wrapper)))
    found = []
    for _ in range(epochs):
        found.append(wrapper.param_groups[0]['lr'])
        wrapper.optimizer.step()
        for scheduler in built:
            scheduler.step()
    return found


def test_steps_are_those_of_0x():
    ours = rates(convert_schedule(dict(policy='step', step=[2, 4]), 6, Report()), 6, 0.1)
    assert ours == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.001, 0.001])
    ours = rates(convert_schedule(dict(policy='step', step=2, gamma=0.5), 6, Report()), 6, 0.8)
    assert ours == pytest.approx([0.8 * 0.5 ** (epoch // 2) for epoch in range(6)])


def test_cosine_is_that_of_0x():
    ours = rates(convert_schedule(dict(policy='CosineAnnealing', min_lr=0.01), 8, Report()), 8, 0.2)
    assert ours == pytest.approx([0.01 + 0.19 * (1 + np.cos(np.pi * epoch / 8)) / 2 for epoch in range(8)])


def test_warm_up_scales_the_policy_as_in_0x():
    """mmcv: rate of the policy x (1 - (1 - epoch / warm-up) x (1 - ratio))."""
    old = dict(policy='CosineAnnealing', min_lr=0, warmup='linear', warmup_by_epoch=True, warmup_iters=100)
    cosine = [0.1 * (1 + np.cos(np.pi * epoch / 250)) / 2 for epoch in range(250)]
    factor = [1 - max(0, 1 - epoch / 100) * 0.9 for epoch in range(250)]
    ours = rates(convert_schedule(old, 250, Report()), 250, 0.1)
    assert ours == pytest.approx(list(np.multiply(cosine, factor)), rel=0.01)  # mmengine warms up one step faster


def test_cosine_by_iteration_starts_behind_the_warm_up():
    old = dict(
        policy='CosineAnnealing', by_epoch=False, min_lr=0, warmup='linear', warmup_by_epoch=True, warmup_iters=2
    )
    assert convert_schedule(old, 10, Report()) == [
        dict(type='LinearLR', start_factor=0.1, by_epoch=True, begin=0, end=2, convert_to_iter_based=True),
        dict(type='CosineAnnealingLR', T_max=8, by_epoch=True, begin=2, end=10, eta_min=0, convert_to_iter_based=True),
    ]


@pytest.mark.parametrize(
    ('old', 'kind'),
    [
        (dict(policy='poly', power=0.9, min_lr=1e-4), 'PolyLR'),
        (dict(policy='exp', gamma=0.9), 'ExponentialLR'),
        (dict(policy='CosineRestart', periods=[2, 2], restart_weights=[1, 0.5], min_lr=0), 'CosineRestartLR'),
        (dict(policy='TIN', min_lr=0), 'CosineAnnealingLR'),
    ],
)
def test_other_policies(old, kind):
    report = Report()
    (scheduler,) = convert_schedule(old, 4, report)
    assert scheduler['type'] == kind and not report.lines()
    assert len(rates([scheduler], 4, 0.1)) == 4


def test_unknown_policy_is_named():
    report = Report()
    assert convert_schedule(dict(policy='RelativeStep', steps=[1], lrs=[1]), 4, report) == []
    assert report.lost[0][0] == 'lr_config.policy RelativeStep'
    assert 'the learning rate stays constant' in report.lost[0][1]


def test_optimizer_with_all_settings():
    old = dict(
        optimizer=dict(
            type='CopyOfSGD', lr=0.1, constructor='TSMOptimizerConstructor', paramwise_cfg=dict(fc_lr5=True)
        ),
        optimizer_config=dict(type='GradientCumulativeOptimizerHook', cumulative_iters=4, grad_clip=dict(max_norm=40)),
        fp16=dict(loss_scale=512.0),
    )
    report = Report()
    assert convert_optimizer(old, report) == dict(
        optim_wrapper=dict(
            type='AmpOptimWrapper',
            loss_scale=512.0,
            optimizer=dict(type='SGD', lr=0.1),
            constructor='TSMOptimWrapperConstructor',
            paramwise_cfg=dict(fc_lr5=True),
            clip_grad=dict(max_norm=40),
            accumulative_counts=4,
        )
    )
    assert not report.lines()


def test_normalization_of_flow_repeats_for_each_frame():
    steps = [
        dict(type='SampleFrames', clip_len=5),
        dict(type='Normalize', mean=[128, 127], std=[1, 2]),
        dict(type='FormatShape', input_format='NCHW_Flow'),
    ]
    assert normalization(steps).config() == dict(
        type='ActionDataPreprocessor', mean=[128, 127] * 5, std=[1, 2] * 5, format_shape='NCHW'
    )


def test_channel_order_of_bgr_models_is_kept():
    steps = [dict(type='Normalize', mean=[1, 2, 3], std=[1, 1, 1], to_bgr=True)]
    assert normalization(steps).config()['to_rgb'] is True


def test_pipeline_of_user_keys():
    report = Report()
    old = [
        dict(type='Imgaug', transforms='default'),
        dict(type='pytorchvideo.AugMix', magnitude=3),
        dict(type='Collect', keys=['imgs', 'label', 'track'], meta_keys=['filename', 'img_shape']),
        dict(type='ToTensor', keys=['imgs']),
    ]
    assert convert_pipeline(old, 'data.train.pipeline', report) == [
        dict(type='ImgAug', transforms='default'),
        dict(type='PytorchVideoWrapper', op='AugMix', magnitude=3),
        dict(
            type='PackActionInputs',
            algorithm_keys=('track',),
            meta_keys=('img_shape', 'img_key', 'video_id', 'timestamp', 'filename'),
        ),
    ]
    assert report.changed == [
        ('data.train.pipeline[2] Collect.keys', 'track are in the data sample, not beside the inputs')
    ]


def test_evaluation():
    old = dict(
        data=dict(val=dict(type='VideoDataset')),
        evaluation=dict(
            interval=3, start=10, metrics=['top_k_accuracy'], topk=(1, 3), save_best='top1_acc', rule='less'
        ),
    )
    assert evaluator(old, 'val', Report()) == dict(
        type='AccMetric', metric_list=('top_k_accuracy',), metric_options=dict(top_k_accuracy=dict(topk=(1, 3)))
    )
    assert validation(old) == dict(val_begin=10, val_interval=3)
    assert best_checkpoint(old, Report()) == dict(save_best='acc/top1', rule='less')


def test_runtime():
    report = Report()
    old = dict(
        checkpoint_config=dict(interval=5, max_keep_ckpts=2),
        log_config=dict(interval=7, hooks=[dict(type='TensorboardLoggerHook'), dict(type='PaviLoggerHook')]),
        dist_params=dict(backend='gloo', port=29501),
        resume_from='a.pth',
    )
    hooks = convert_hooks(old, report)
    assert hooks['default_hooks'] == dict(
        checkpoint=dict(interval=5, max_keep_ckpts=2, save_best='auto'), logger=dict(interval=7)
    )
    assert [backend['type'] for backend in hooks['vis_backends']] == ['LocalVisBackend', 'TensorboardVisBackend']
    assert report.lost == [('log_config.hooks[1] PaviLoggerHook', 'no visualization backend of this kind')]
    assert convert_environment(old, report) == dict(env_cfg=dict(dist_cfg=dict(backend='gloo', port=29501)))
    assert convert_resuming(old, report) == dict(load_from='a.pth', resume=True)


def test_a_setting_of_0x_in_a_config_of_today():
    """``evaluation = dict(interval=5)``, as the guide of 0.x prints it, in a config that has loops."""
    today = dict(
        model=dict(type='X', data_preprocessor=dict(type='P')),
        train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=9, val_begin=1, val_interval=1),
        default_hooks=dict(checkpoint=dict(type='CheckpointHook', interval=4)),
    )
    assert old_keys(today) == []
    mixed = dict(today, evaluation=dict(interval=5))
    assert old_keys(mixed) == ['evaluation']
    config, report = convert_config(mixed)
    assert config['train_cfg'] == dict(type='EpochBasedTrainLoop', max_epochs=9, val_begin=1, val_interval=5)
    assert config['default_hooks']['checkpoint'] == dict(type='CheckpointHook', interval=4, save_best='auto')
    assert config['model'] == today['model'] and not report.lines()


def test_variables_that_only_look_old_are_left_alone():
    assert old_keys(dict(data='x', evaluation=3, optimizer=dict(type='SGD'), optim_wrapper=dict())) == []


def test_omnisource_becomes_several_loaders():
    source = dict(type='VideoDataset', ann_file='a', data_prefix='p', pipeline=[])
    images = dict(type='ImageDataset', ann_file='b', data_prefix='', pipeline=[], num_classes=9)
    data = dict(videos_per_gpu=4, omni_videos_per_gpu=[4, 16], workers_per_gpu=2, train=[source, images])
    config, _ = convert_config(dict(omnisource=True, data=data, total_epochs=3))
    (other,) = config['train_cfg']['other_loaders']
    assert config['train_cfg']['type'] == 'MultiLoaderEpochBasedTrainLoop' and config['train_cfg']['max_epochs'] == 3
    assert (config['train_dataloader']['batch_size'], other['batch_size']) == (4, 16)
    assert other['dataset'] == dict(type='VideoDataset', ann_file='b', pipeline=[])


def test_lists_of_annotation_files_are_concatenated():
    train = dict(type='RawframeDataset', ann_file=['a', 'b'], data_prefix=['x', 'y'], pipeline=[])
    config, _ = convert_config(dict(data=dict(videos_per_gpu=1, train=train), total_epochs=1))
    dataset = config['train_dataloader']['dataset']
    assert dataset['type'] == 'ConcatDataset'
    assert [(part['ann_file'], part['data_prefix']) for part in dataset['datasets']] == [
        ('a', dict(img='x')),
        ('b', dict(img='y')),
    ]


def test_the_source_is_not_changed():
    data = dict(videos_per_gpu=1, train=dict(type='VideoDataset', ann_file='a', pipeline=[dict(type='Normalize')]))
    old = dict(model=dict(type='X'), data=data, total_epochs=1)
    before = repr(old)
    with pytest.raises(KeyError, match='mean'):
        convert_config(old)
    assert repr(old) == before


def test_padding_with_loop():
    results = PaddingWithLoop(clip_len=7)(dict(total_frames=3))
    assert results['frame_inds'].tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert (results['clip_len'], results['num_clips'], results['frame_interval']) == (7, 1, None)
    with pytest.raises(ValueError, match=r'clip_len \(0\) must be at least 1'):
        PaddingWithLoop(clip_len=0)


def test_pose_normalize():
    keypoint = np.array([[960.0, 540.0, 0.5], [1920.0, 0.0, 1.0]], np.float32)
    assert PoseNormalize()(dict(keypoint=keypoint))['keypoint'].tolist() == [[0, 0, 0], [0.5, -0.5, 0.5]]
    with pytest.raises(ValueError, match='2 values per joint'):
        PoseNormalize()(dict(keypoint=keypoint[:, :2]))


def test_configs_before_0_10_have_their_settings_beside_the_model():
    old = dict(
        model=dict(type='Recognizer3D', cls_head=dict(type='I3DHead')),
        train_cfg=dict(blending=dict(type='MixupBlending', num_classes=4, alpha=0.2)),
        test_cfg=dict(average_clips='score', max_testing_views=5),
        total_epochs=3,
    )
    config, report = convert_config(old)
    assert config['model'] == dict(
        type='Recognizer3D',
        cls_head=dict(type='I3DHead', average_clips='score'),
        train_cfg=None,
        test_cfg=dict(max_testing_views=5),
        data_preprocessor=dict(
            type='ActionDataPreprocessor', blending=dict(type='MixupBlending', num_classes=4, alpha=0.2)
        ),
    )
    assert config['train_cfg'] == dict(type='EpochBasedTrainLoop', max_epochs=3, val_begin=1, val_interval=1)
    assert 'test_cfg' not in config and not report.lines()


@pytest.mark.parametrize(
    ('runner', 'loop'),
    [
        (dict(type='EpochBasedRunner', max_epochs=7), dict(type='EpochBasedTrainLoop', max_epochs=7)),
        (dict(type='IterBasedRunner', max_iters=900), dict(type='IterBasedTrainLoop', max_iters=900)),
    ],
)
def test_runner_of_later_0x(runner, loop):
    config, _ = convert_config(dict(runner=runner, lr_config=dict(policy='step', step=[2], by_epoch=False)))
    assert config['train_cfg'] == dict(loop, val_begin=1, val_interval=1)
    assert config['param_scheduler'][0]['end'] == [*loop.values()][1]
    assert config['param_scheduler'][0]['by_epoch'] is False
    assert config['log_processor']['by_epoch'] is (loop['type'] == 'EpochBasedTrainLoop')


def test_head_for_several_labels_keeps_its_scores():
    model = dict(
        type='Recognizer2D', cls_head=dict(type='TSNHead', multi_class=True), test_cfg=dict(average_clips=None)
    )
    assert convert_config(dict(model=model))[0]['model']['cls_head']['average_clips'] == 'score'
    model['cls_head']['multi_class'] = False
    assert convert_config(dict(model=model))[0]['model']['cls_head']['average_clips'] == 'prob'


def test_pipelines_that_normalize_differently_are_named():
    def split(mean: float) -> dict:
        normalize = dict(type='Normalize', mean=[mean] * 3, std=[1] * 3)
        return dict(
            type='VideoDataset', ann_file='a', pipeline=[normalize, dict(type='FormatShape', input_format='NCHW')]
        )

    old = dict(model=dict(type='X'), data=dict(videos_per_gpu=1, train=split(1), test=split(2)))
    config, report = convert_config(old)
    assert config['model']['data_preprocessor']['mean'] == [1, 1, 1]
    assert report.lost[0][0] == 'data.train.pipeline, data.test.pipeline'
    assert 'the pipelines normalize differently; the model takes the first' in report.lost[0][1]


def test_hook_that_normalized_on_the_gpu():
    hook = dict(type='GPUNormalize', hooked_module='backbone', input_format='NCTHW', mean=[1, 2, 3], std=[4, 5, 6])
    config, report = convert_config(dict(model=dict(type='X'), module_hooks=[hook, dict(type='Mine')]))
    assert config['model']['data_preprocessor'] == dict(
        type='ActionDataPreprocessor', mean=[1, 2, 3], std=[4, 5, 6], format_shape='NCTHW'
    )
    assert report.lost == [('module_hooks[1] Mine', 'write a hook of mmengine (custom_hooks)')]
