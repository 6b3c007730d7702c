_base_ = ['../../_base_/default_runtime.py']
import mmaction.recipes.actionformer as af
import mmaction.recipes.localization as loc

data_root = 'data/THUMOS14/i3d_features'
ann_file_train = 'data/THUMOS14/thumos14_val.json'  # THUMOS14 is trained on its validation videos
ann_file_val = 'data/THUMOS14/thumos14_test.json'
classes = 'data/THUMOS14/classes.txt'

work_dir = './work_dirs/actionformer_1xb2-2048x2304-35e_thumos14-i3d-feature'

# I3D, RGB and flow together, over 16 frames at every fourth; the frame rate of each video is in the annotation
train_pipeline, val_pipeline, test_pipeline = af.segments(max_steps=2304, stride=4, num_frames=16)
train_dataloader, val_dataloader, test_dataloader = loc.loaders(
    2,
    (train_pipeline, val_pipeline, test_pipeline),
    data_root,
    train=ann_file_train,
    val=ann_file_val,
    drop_last=True,
    dataset=dict(feature_ext='.npy', metainfo=dict(classes=classes)),
)

model = dict(
    type='ActionFormer',
    in_channels=2048,
    num_classes=20,
    channels=512,
    num_heads=4,
    window_size=19,
    train_cfg=dict(center_radius=1.5, start_norm=100),
    test_cfg=dict(nms_sigma=0.5, voting_threshold=0.7, pre_nms_top_k=2000, min_score=0.001, max_segments=200),
)

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=35, val_begin=20, val_interval=5)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = af.optimizer(lr=1e-4)
param_scheduler = af.schedule(epochs=35, warmup=5)
custom_hooks = [dict(type='EMAHook', momentum=0.001, priority='ABOVE_NORMAL')]
default_hooks = dict(checkpoint=dict(interval=5, save_best='mAP@0.5', rule='greater'))

val_evaluator = af.detection_metric(f'{work_dir}/results.json', thresholds=[0.3, 0.4, 0.5, 0.6, 0.7])
test_evaluator = val_evaluator
