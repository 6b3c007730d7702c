_base_ = '../tsn_imagenet-pretrained-r50_8xb32-1x1x3-100e_kinetics400-rgb.py'
import mmaction.recipes as r

model = dict(
    backbone=dict(_delete_=True, type='torchvision.densenet161', pretrained=True),
    cls_head=dict(in_channels=2208),
)

train_pipeline = r.segments(3, augment=[*r.random_resized_crop(), r.flip()], io={})[0]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
