"""The rules on the settings of a run: each on a real runner with one wrong setting."""

from __future__ import annotations

import pickle

import pytest
from mmengine.evaluator import Evaluator

from mmaction.engine.checks.monitors import known_names
from mmaction.evaluation import AccMetric
from mmaction.registry import METRICS, MODELS

CHECKPOINT = 'default_hooks.checkpoint'
PACKED = [dict(type='PoseDecode'), dict(type='FormatGCNInput', num_person=1), dict(type='PackActionInputs')]
NO_EVALUATION = dict(val_cfg=None, val_dataloader=None, val_evaluator=None)
MIXUP = dict(
    type='ActionDataPreprocessor', format_shape='NCTHW', blending=dict(type='MixupBlending', num_classes=400, alpha=0.2)
)


def test_nothing_is_found_in_a_sound_config(findings) -> None:
    assert findings() == []
    assert findings({'param_scheduler': [dict(type='CosineAnnealingLR', T_max=2)]}) == []
    assert findings({CHECKPOINT: dict(type='CheckpointHook'), **NO_EVALUATION}) == []


@pytest.mark.parametrize(
    ('changes', 'text'),
    [
        ({'train_cfg.val_interval': 0}, 'train_cfg.val_interval (0) must be at least 1. To train without evaluation,'),
        ({'train_cfg.val_interval': '2'}, "train_cfg.val_interval ('2') must be at least 1."),
        (
            {'train_dataloader.batch_size': 16, 'train_dataloader.drop_last': True},
            'train_dataloader gives no batch: its 8 samples are fewer than batch_size (16), and drop_last=True drops',
        ),
        (
            {'val_dataloader.batch_size': 5, 'val_dataloader.drop_last': True},
            'val_dataloader gives no batch: its 4 samples are fewer than batch_size (5)',
        ),
        (
            {f'{CHECKPOINT}.save_best': 'acc/top3'},
            "save_best ('acc/top3') is none of the figures of val_evaluator: acc/top1, acc/top5, acc/mean1.",
        ),
        ({f'{CHECKPOINT}.save_best': 'top1'}, "acc/top1, acc/top5, acc/mean1. Did you mean 'acc/top1'?"),
        (
            {'custom_hooks': [dict(type='EarlyStoppingHook', monitor='top1', rule='greater', strict=True)]},
            "EarlyStoppingHook.monitor ('top1') is none of the figures",
        ),
        ({'param_scheduler': [dict(type='ReduceOnPlateauLR')]}, "ReduceOnPlateauLR.monitor ('loss') is none of the"),
        (
            {'val_evaluator': [dict(type='AccMetric'), dict(type='AccMetric')]},
            'val_evaluator gives acc/top1, acc/top5, acc/mean1 more than once. Give each metric a prefix',
        ),
        (
            {'param_scheduler': [dict(type='OneCycleLR', eta_max=1, total_steps=1)]},
            'param_scheduler[0] (OneCycleLR): total_steps (1) must be at least the number of epochs, 2.',
        ),
        ({'model.data_preprocessor': MIXUP}, 'num_classes (400) of the blending MixupBlending of the data_prep'),
        (
            {'train_dataloader.dataset.multi_class': True, 'train_dataloader.dataset.num_classes': 5},
            'num_classes (5) of the dataset of',
        ),
        (
            {'train_dataloader.dataset.pipeline': [dict(type='PoseDecode')]},
            "ends with PoseDecode and packs no inputs: add dict(type='PackActionInputs')",
        ),
        (
            {'val_evaluator': dict(type='ANetMetric', metric_type='AR@AN')},
            'ANetMetric of val_evaluator evaluates segments, and RecognizerGCN predicts class scores. Use AccMetric.',
        ),
        (
            {'val_evaluator': [dict(type='ConfusionMatrix'), dict(type='AccMetric')]},
            'takes the first figure, confusion_matrix/result, and it is not known which way that improves. Name the '
            'figure (acc/top1, acc/top5, acc/mean1) and rule.',
        ),
        (
            {
                'val_dataloader.dataset.pipeline': [dict(type='UniformSampleFrames', clip_len=4, num_clips=3), *PACKED],
                'model.cls_head.average_clips': None,
            },
            'val_dataloader takes 3 clips per video (num_clips), and the head does not average them',
        ),
        ({'custom_hooks': [dict(type='EMAHook', begin_epoch=9)]}, 'EMAHook.begin_epoch (9) is after the end'),
    ],
)  # fmt: skip
def test_settings_that_keep_the_run_from_working(findings, changes: dict, text: str) -> None:
    errors = [finding.text for finding in findings(changes) if finding.level == 'error']
    assert len(errors) == 1
    assert text in errors[0]


@pytest.mark.parametrize(
    ('changes', 'text'),
    [
        ({'train_cfg.val_interval': 5}, 'train_cfg.val_interval (5) is larger than the 2 epochs of the training'),
        ({'train_cfg.val_interval': -2}, 'train_cfg.val_interval (-2) is negative and counts as 2.'),
        ({'train_cfg.val_begin': 9}, 'train_cfg.val_begin (9) is after the last epoch (2): the model is never'),
        ({f'{CHECKPOINT}.interval': 0}, 'checkpoint.interval (0) saves no checkpoint but the last one'),
        ({f'{CHECKPOINT}.save_begin': 5}, 'checkpoint.save_begin (5) is after the last epoch (2).'),
        (NO_EVALUATION, "checkpoint.save_best (['auto']) has no effect, since nothing is evaluated while training"),
        (
            {
                **NO_EVALUATION,
                CHECKPOINT: dict(type='CheckpointHook'),
                'param_scheduler': [dict(type='ReduceOnPlateauLR')],
            },
            "ReduceOnPlateauLR.monitor ('loss') has no effect",
        ),
        ({f'{CHECKPOINT}.save_best': 'acc/top1', f'{CHECKPOINT}.rule': 'less'}, "with rule 'less' keeps the worst"),
        ({f'{CHECKPOINT}.save_best': 'acc/top5'}, "save_best ('acc/top5') is always 1 with 2 classes. Use 'acc/top1'."),
        (
            {'custom_hooks': [dict(type='EarlyStoppingHook', monitor='acc/topx', rule='greater')]},
            "EarlyStoppingHook.monitor ('acc/topx') is none of the figures",
        ),
        (
            {'custom_hooks': [dict(type='EarlyStoppingHook', monitor='acc/top1', rule='less')]},
            "EarlyStoppingHook.monitor ('acc/top1') has the rule 'less'",
        ),
        (
            {'param_scheduler': [dict(type='ReduceOnPlateauLR', monitor='acc/top1')]},
            "ReduceOnPlateauLR.monitor ('acc/top1') has the rule 'less', its default",
        ),
        (
            {'val_dataloader.batch_size': 3, 'val_dataloader.drop_last': True},
            'val_dataloader has drop_last=True: the last 1 of 4 samples are left out of the figures.',
        ),
        ({'val_dataloader.dataset.test_mode': False}, 'The dataset of val_dataloader has test_mode=False'),
        ({'train_dataloader.batch_size': 1}, 'train_dataloader.batch_size is 1 and the model has batch normalization'),
        (
            {'param_scheduler': [dict(type='MultiStepLR', milestones=[1, 5])]},
            'param_scheduler[0] (MultiStepLR): the milestones [5] are never reached, the training has 2 epochs.',
        ),
        (
            {'param_scheduler': [dict(type='CosineAnnealingLR', T_max=9)]},
            '(CosineAnnealingLR): T_max (9) is longer than the 2 epochs of the training',
        ),
        (
            {'train_cfg.max_epochs': 6, 'param_scheduler': [dict(type='CosineAnnealingLR', T_max=2)]},
            '(CosineAnnealingLR): T_max (2) is shorter than the 6 epochs that it runs: the value rises again',
        ),
        (
            {'param_scheduler': [dict(type='PolyLR', end=8)]},
            '(PolyLR) ends at epoch 8, after the training (2)',
        ),
        (
            {'param_scheduler': [dict(type='MultiStepLR', milestones=[1, 2], by_epoch=False)]},
            '(MultiStepLR) counts iterations (by_epoch=False) and is over after 2 of 4. Are these epochs?',
        ),
        (
            {'param_scheduler': [dict(type='LinearLR', begin=2, end=5)]},
            '(LinearLR) begins at epoch 2, after the end of the training (2).',
        ),
        (
            {
                'train_cfg': dict(type='IterBasedTrainLoop', max_iters=3, val_interval=3),
                f'{CHECKPOINT}.by_epoch': False,
            },
            'param_scheduler[0] (MultiStepLR) has by_epoch=True, but the training counts iterations',
        ),
        (
            {'train_cfg': dict(type='IterBasedTrainLoop', max_iters=3, val_interval=3), 'param_scheduler': None},
            'checkpoint.by_epoch (True) counts epochs, but the training counts iterations',
        ),
        (
            {'train_dataloader.dataset.multi_class': True, 'train_dataloader.dataset.num_classes': 2},
            'has multi_class=True and the head has not',
        ),
        ({'train_dataloader.dataset.num_classes': 5}, 'is not that of the head (2).'),
        ({'val_dataloader.dataset.metainfo': dict(classes=['a'])}, 'has 1 class names, the head 2 classes.'),
        ({'model.cls_head.num_classes': 400}, 'has labels up to 1 only, the head has 400 classes.'),
    ],
)  # fmt: skip
def test_settings_that_may_not_be_meant(findings, changes: dict, text: str) -> None:
    found = findings(changes)
    assert [finding.level for finding in found] == ['warning']
    assert text in found[0].text


@pytest.mark.parametrize(
    ('labels', 'level', 'text'),
    [
        ([0, 1, 2, 0], 'error', 'train.pkl (train_dataloader) has labels up to 2, the head has 2 classes, 0 to 1.'),
        ([0, 1, -1, -1], 'error', '2 samples of '),
        ([0, 1, None, 1], 'error', '1 samples of '),
    ],
)
def test_labels_that_the_head_cannot_take(findings, labels: list, level: str, text: str) -> None:
    (finding,) = findings(labels=labels)
    assert finding.level == level
    assert text in finding.text


def test_labels_that_the_metric_cannot_take(findings, tmp_path) -> None:
    other = tmp_path / 'other.pkl'
    other.write_bytes(pickle.dumps([dict(frame_dir='a', label=7)]))
    changes = {'val_dataloader.dataset.ann_file': str(other), 'val_dataloader.dataset.pipeline': []}
    (finding,) = findings(changes)
    assert finding.level == 'error'
    assert 'other.pkl (val_dataloader) has labels up to 7, the head has 2 classes' in finding.text


def test_a_learning_rate_as_text(findings) -> None:
    with pytest.raises(ValueError, match=r"optim_wrapper\.optimizer\.lr \('1e-3'\) must be a number, found text"):
        findings({'optim_wrapper.optimizer.lr': '1e-3'})


def test_labels_are_the_affair_of_an_own_loss(findings) -> None:
    from mmaction.models import GCNHead

    @MODELS.register_module(name='HeadWithoutLabels', force=True)
    class HeadWithoutLabels(GCNHead):
        def loss_by_feat(self, cls_scores, data_samples):
            return dict(loss=cls_scores.square().mean())

    own = {'model.cls_head.type': 'HeadWithoutLabels'}
    assert findings(own, labels=[0, 1, -1, -1]) == []
    assert [finding.level for finding in findings(own, labels=[0, 1, 2, 0])] == ['warning']
    assert [finding.level for finding in findings({**own, 'model.data_preprocessor': MIXUP})] == ['warning']


def test_a_frozen_model(findings) -> None:
    from mmaction.models import RecognizerGCN

    @MODELS.register_module(name='Frozen', force=True)
    class Frozen(RecognizerGCN):
        def __init__(self, **settings):
            super().__init__(**settings)
            self.requires_grad_(False)

    (finding,) = findings({'model.type': 'Frozen'})
    assert finding.level == 'error'
    assert 'No parameter of Frozen is trainable' in finding.text


def test_segments_of_backbone_and_sampler(findings, tmp_path) -> None:
    (tmp_path / 'list.txt').write_text('a.mp4 0\nb.mp4 1\n')
    steps = [dict(type='DecordInit'), dict(type='SampleFrames', clip_len=1, num_clips=16), dict(type='DecordDecode'),
             dict(type='FormatShape', input_format='NCHW'), dict(type='PackActionInputs')]  # fmt: skip
    backbone = dict(type='ResNetTSM', depth=18, pretrained=None, num_segments=8, num_stages=1, strides=(1,),
                    dilations=(1,), out_indices=(0,))  # fmt: skip
    head = dict(type='TSMHead', num_classes=2, in_channels=64, num_segments=8)
    dataset = dict(type='VideoDataset', ann_file=str(tmp_path / 'list.txt'), pipeline=steps)
    changes = {
        'model': dict(type='Recognizer2D', backbone=backbone, cls_head=head),
        'train_dataloader.dataset': dataset,
    }
    (finding,) = findings(changes)
    text = 'SampleFrames of train_dataloader takes 16 frames per video (num_clips), and the backbone has num_segments=8'
    assert finding.level == 'warning'
    assert text in finding.text


# --- metrics of a user's own -----------------------------------------------------------------------------------------
def test_metrics_that_name_their_results() -> None:
    class Own(AccMetric):
        def compute_metrics(self, results):
            return dict(mine=1.0)

    class Named(Own):
        def result_names(self):
            return ['mine']

    class Quiet(AccMetric):
        def process(self, data_batch, data_samples):
            super().process(data_batch, data_samples)

    class OwnEvaluator(Evaluator):
        pass

    assert known_names(Evaluator(AccMetric(prefix='x')))[:2] == ['x/top1', 'x/top5']
    assert known_names(Evaluator([Quiet()]))[:1] == ['acc/top1']
    assert known_names(Evaluator([Named(), AccMetric(prefix='b')]))[:2] == ['acc/mine', 'b/top1']
    assert known_names(Evaluator([Own(), AccMetric()])) is None
    assert known_names(OwnEvaluator(AccMetric())) is None


def test_figures_of_an_own_metric_are_not_doubted(findings) -> None:
    @METRICS.register_module(name='OwnFigures', force=True)
    class OwnFigures(AccMetric):
        def calculate(self, preds, labels):
            return dict(f1=1.0)

    changes = {
        'val_evaluator': dict(type='OwnFigures'),
        f'{CHECKPOINT}.save_best': 'acc/f1',
        f'{CHECKPOINT}.rule': 'greater',
    }
    assert findings(changes) == []


def test_components_of_a_model(findings) -> None:
    changes = {f'{CHECKPOINT}.save_best': 'acc/RGBPose_1:1_top1', f'{CHECKPOINT}.rule': 'greater'}
    assert findings(changes) == []
