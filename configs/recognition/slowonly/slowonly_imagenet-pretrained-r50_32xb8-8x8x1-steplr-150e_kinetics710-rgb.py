_base_ = [
    '../../_base_/models/slowonly_r50.py',
    '../../_base_/datasets/kinetics710.py',
    '../../_base_/schedules/sgd_150e_warmup.py',
    '../../_base_/default_runtime.py',
]
import mmaction.recipes as r

model = dict(cls_head=dict(num_classes=710))

train_pipeline, val_pipeline, test_pipeline = r.clips(clip_len=8, frame_interval=8, io=_base_.file_client_args)
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    8,
    (train_pipeline, val_pipeline, test_pipeline),
    train=_base_.train_dataloader.dataset,
    val=_base_.val_dataloader.dataset,
)

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator

train_cfg = dict(val_interval=5)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, begin=0, end=10),
    dict(type='MultiStepLR', begin=10, end=150, by_epoch=True, milestones=[90, 130], gamma=0.1),
]
optim_wrapper = dict(optimizer=dict(lr=0.04))
default_hooks = dict(checkpoint=dict(interval=4, max_keep_ckpts=3))

# The learning rate of the schedule is for 32 GPUs x 8 videos; --auto-scale-lr scales it to the batch in use.
auto_scale_lr = dict(enable=False, base_batch_size=256)
