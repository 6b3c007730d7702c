# Sixteen rounds over a training set that is repeated five times.
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=16, val_begin=1, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

val_evaluator = [dict(type='AccMetric')]
test_evaluator = val_evaluator

param_scheduler = [
    dict(type='CosineAnnealingLR', eta_min=0, T_max=16, by_epoch=True, convert_to_iter_based=True),
]

optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=0.0005, nesterov=True))

# The learning rate is for 8 GPUs of 16 samples each.
auto_scale_lr = dict(enable=False, base_batch_size=128)
