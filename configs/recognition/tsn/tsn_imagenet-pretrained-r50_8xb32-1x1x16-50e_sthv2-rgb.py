_base_ = 'tsn_imagenet-pretrained-r50_8xb32-1x1x8-50e_sthv2-rgb.py'
import mmaction.recipes as r

train_pipeline, val_pipeline, test_pipeline = r.segments(
    16, fixed_crops=13, flip_label_map=_base_.sthv2_flip_label_map, test_clips=25, io=_base_.file_client_args
)

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
