_base_ = [
    '../../_base_/datasets/kinetics400_videos.py',
    '../../_base_/schedules/adamw_probe_20e.py',
    '../../_base_/default_runtime.py',
]
import mmaction.recipes as r

# `pretrained` of the backbone names the weights of the encoder, which stays frozen; the probe on its tokens trains.
model = dict(
    type='Recognizer3D',
    backbone=dict(
        type='VJEPA2',
        patch_size=16,
        tubelet_size=2,
        embed_dims=1024,
        depth=24,
        num_heads=16,
        frozen_stages=24,
    ),
    cls_head=dict(type='AttentiveHead', num_classes=400, in_channels=1024, average_clips='prob'),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='NCTHW',
    ),
)

train_pipeline, val_pipeline, test_pipeline = r.clips(
    clip_len=16,
    frame_interval=4,
    augment=[*r.random_resized_crop(size=256, short=None), r.flip()],
    val_view=r.center_crop(size=256, short=292),
    test_view=r.three_crop(size=256, short=256),
    test_clips=2,
)
train_dataloader, val_dataloader, test_dataloader = r.loaders(8, (train_pipeline, val_pipeline, test_pipeline))
