_base_ = ['bsn_pem_1xb16-400x100-20e_activitynet-feature.py']

data_root = 'data/ActivityNet/k700slowonly'
data_root_val = data_root

train_dataloader = dict(dataset=dict(data_prefix=dict(video=data_root)))
val_dataloader = dict(dataset=dict(data_prefix=dict(video=data_root_val)))
test_dataloader = dict(dataset=dict(data_prefix=dict(video=data_root_val)))
