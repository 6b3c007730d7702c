_base_ = [
    '../../_base_/models/swin_tiny.py',
    '../../_base_/datasets/kinetics710.py',
    '../../_base_/schedules/swin_adamw_30e.py',
    '../../_base_/default_runtime.py',
]
import mmaction.recipes as r

model = dict(
    backbone=dict(
        arch='small',
        pretrained='https://download.openmmlab.com/mmaction/v1.0/recognition/swin/swin_small_patch4_window7_224.pth',
        drop_path_rate=0.2,
    ),
    cls_head=dict(num_classes=710),
)

train_pipeline, val_pipeline, test_pipeline = r.clips(
    clip_len=32,
    frame_interval=2,
    test_clips=4,
    test_view=r.three_crop(size=224, short=224),
    io=_base_.file_client_args,
)
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    4,
    (train_pipeline, val_pipeline, test_pipeline),
    train=_base_.train_dataloader.dataset,
    val=_base_.val_dataloader.dataset,
)

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator

optim_wrapper = dict(optimizer=dict(lr=2e-3))
default_hooks = dict(
    checkpoint=dict(interval=3, max_keep_ckpts=5),
    logger=dict(interval=100),
)

# The learning rate of the schedule is for 32 GPUs x 4 videos; --auto-scale-lr scales it to the batch in use.
auto_scale_lr = dict(enable=False, base_batch_size=128)
