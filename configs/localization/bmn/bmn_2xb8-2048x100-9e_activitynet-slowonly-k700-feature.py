_base_ = ['bmn_2xb8-400x100-9e_activitynet-feature.py']

data_root = 'data/ActivityNet/k700slowonly'
data_root_val = data_root

model = dict(feat_dim=2048)

train_dataloader = dict(dataset=dict(data_prefix=dict(video=data_root)))
val_dataloader = dict(dataset=dict(data_prefix=dict(video=data_root_val)))
test_dataloader = dict(dataset=dict(data_prefix=dict(video=data_root_val)))
