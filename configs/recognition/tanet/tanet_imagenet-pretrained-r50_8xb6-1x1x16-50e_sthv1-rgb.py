_base_ = 'tanet_imagenet-pretrained-r50_8xb8-1x1x8-50e_sthv1-rgb.py'
import mmaction.recipes as r

model = dict(backbone=dict(num_segments=16), cls_head=dict(num_segments=16))

train_pipeline, val_pipeline, test_pipeline = r.segments(
    16,
    fixed_crops=13,
    flip_label_map=_base_.sthv1_flip_label_map,
    test_view=r.center_crop(),
    source='rawframes',
    io=_base_.file_client_args,
)
train_dataloader = dict(batch_size=6, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=6, dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

optim_wrapper = dict(optimizer=dict(lr=0.0075))

# The learning rate of the schedule is for 8 GPUs x 6 videos; --auto-scale-lr scales it to the batch in use.
auto_scale_lr = dict(base_batch_size=48)
