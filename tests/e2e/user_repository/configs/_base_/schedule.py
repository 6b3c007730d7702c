_base_ = ['mmaction::_base_/default_runtime.py', 'mmaction::_base_/schedules/sgd_50e.py']

train_cfg = dict(max_epochs=4, val_begin=2, val_interval=2)
# A list takes the place of the base's.
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, begin=0, end=1, convert_to_iter_based=True),
    dict(type='MultiStepLR', begin=0, end=4, by_epoch=True, milestones=[3], gamma=0.1),
]
optim_wrapper = dict(
    _delete_=True, optimizer=dict(type='SGD', lr=0.05, momentum=0.9, weight_decay=1e-4), clip_grad=dict(max_norm=40)
)
default_hooks = dict(checkpoint=dict(interval=1, max_keep_ckpts=-1, save_best='auto'), logger=dict(interval=1))
randomness = dict(seed=3)
