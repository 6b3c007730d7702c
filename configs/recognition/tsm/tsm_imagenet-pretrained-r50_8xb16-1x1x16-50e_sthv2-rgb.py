_base_ = 'tsm_imagenet-pretrained-r50_8xb16-1x1x8-50e_sthv2-rgb.py'
import mmaction.recipes as r

model = dict(backbone=dict(num_segments=16), cls_head=dict(num_segments=16))

train_pipeline, val_pipeline, test_pipeline = r.segments(
    16,
    fixed_crops=13,
    flip_label_map=_base_.sthv2_flip_label_map,
    test_view=r.three_crop(),
    twice_sample=True,
    io=_base_.file_client_args,
)

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
