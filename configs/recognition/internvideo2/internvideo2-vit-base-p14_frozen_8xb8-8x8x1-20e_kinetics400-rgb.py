_base_ = '../vjepa2/vjepa2-vit-large-p16_frozen_8xb8-16x4x1-20e_kinetics400-rgb.py'
import mmaction.recipes as r

model = dict(
    backbone=dict(
        _delete_=True,
        type='InternVideo2',
        img_size=224,
        patch_size=14,
        num_frames=8,
        embed_dims=768,
        depth=12,
        num_heads=12,
        frozen_stages=12,
    ),
    cls_head=dict(in_channels=768),
)

train_pipeline, val_pipeline, test_pipeline = r.clips(
    clip_len=8,
    frame_interval=8,
    augment=[*r.random_resized_crop(size=224, short=None), r.flip()],
    test_view=r.three_crop(size=224, short=224),
    test_clips=2,
)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
