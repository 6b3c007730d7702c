# UT-Interaction from scratch on a CPU: the small network of the demo on eight frames of 80 x 80 pixels.
_base_ = ['tsm_r18-2stages_1xb10-8x4x1-16e_kinetics400-tiny-rgb.py']
import mmaction.recipes as r

dataset_type = 'VideoDataset'
data_root = 'data/ut-interaction/train'
data_root_val = 'data/ut-interaction/val'
ann_file_train = 'data/ut-interaction/train_video.txt'
ann_file_val = 'data/ut-interaction/val_video.txt'

pipelines = r.segments(
    8,
    augment=[*r.random_resized_crop(80, short=96), r.flip(), dict(type='ColorJitter')],
    val_view=r.center_crop(80, short=88),
    test_view=r.three_crop(80, short=80),
    twice_sample=True,
)
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    8,
    pipelines,
    train=dict(type=dataset_type, ann_file=ann_file_train, data_prefix=dict(video=data_root)),
    val=dict(type=dataset_type, ann_file=ann_file_val, data_prefix=dict(video=data_root_val)),
)
train_dataloader['num_workers'] = val_dataloader['num_workers'] = test_dataloader['num_workers'] = 2
train_dataloader['dataset']['_delete_'] = True  # the base repeats its dataset

model = dict(cls_head=dict(num_classes=6))
val_evaluator = test_evaluator = dict(type='AccMetric', metric_options=dict(top_k_accuracy=dict(topk=(1, 3))))
train_cfg = dict(max_epochs=50, val_interval=5)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, end=3, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', T_max=47, begin=3, end=50, by_epoch=True, convert_to_iter_based=True),
]
default_hooks = dict(checkpoint=dict(interval=5))
