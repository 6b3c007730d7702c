_base_ = [
    'slowonly_imagenet-pretrained-r50_16xb16-8x8x1-steplr-150e_kinetics700-rgb.py',
    '../../_base_/datasets/kinetics710.py',
]
import mmaction.recipes as r

model = dict(cls_head=dict(num_classes=710))

train_pipeline, val_pipeline, test_pipeline = r.clips(clip_len=8, frame_interval=8, io=_base_.file_client_args)
k400_trainset, k400_valset, k400_testset = r.datasets((train_pipeline, val_pipeline, test_pipeline), **_base_.k400_sets)
k600_trainset, k600_valset, k600_testset = r.datasets((train_pipeline, val_pipeline, test_pipeline), **_base_.k600_sets)
k700_trainset, k700_valset, k700_testset = r.datasets((train_pipeline, val_pipeline, test_pipeline), **_base_.k700_sets)
k710_trainset = dict(_delete_=True, type='ConcatDataset', datasets=[k400_trainset, k600_trainset, k700_trainset])
k710_valset = dict(_delete_=True, type='ConcatDataset', datasets=[k400_valset, k600_valset, k700_valset])
k710_testset = dict(_delete_=True, type='ConcatDataset', datasets=[k400_testset, k600_testset, k700_testset])
train_dataloader = dict(batch_size=8, dataset=k710_trainset)
val_dataloader = dict(batch_size=8, dataset=k710_valset)
test_dataloader = dict(dataset=k710_testset)

# The learning rate of the schedule is for 32 GPUs x 8 videos; --auto-scale-lr scales it to the batch in use.
auto_scale_lr = dict(enable=False, base_batch_size=256)
