_base_ = ['../../_base_/default_runtime.py']
import mmaction.recipes.actionformer as af
import mmaction.recipes.localization as loc

data_root = 'data/ActivityNet/tsp_features'
ann_file_train = 'data/ActivityNet/anet_anno_train.json'
ann_file_val = 'data/ActivityNet/anet_anno_val.json'
# One class is learnt, "action". Segments get classes from the scores of another model for whole videos.
class_scores = 'data/ActivityNet/class_scores_val.json'

work_dir = './work_dirs/actionformer_1xb16-512x192-15e_activitynet-tsp-feature'

# TSP over windows of 16 frames side by side, at 15 frames a second, resized to 192 steps
train_pipeline, val_pipeline, test_pipeline = af.segments(
    max_steps=192, stride=16, num_frames=16, fps=15, num_steps=192, single_class=True
)
train_dataloader, val_dataloader, test_dataloader = loc.loaders(
    16,
    (train_pipeline, val_pipeline, test_pipeline),
    data_root,
    train=ann_file_train,
    val=ann_file_val,
    drop_last=True,
    dataset=dict(feature_ext='.npy'),
)

model = dict(
    type='ActionFormer',
    in_channels=512,
    num_classes=1,
    channels=256,
    num_heads=4,
    window_size=(7, 7, 7, 7, 7, -1),
    position_encoding=True,
    train_cfg=dict(center_radius=1.5, start_norm=200, label_smoothing=0.1, regression_weight=2.0),
    test_cfg=dict(
        nms_sigma=0.75,
        voting_threshold=0.9,
        pre_nms_top_k=2000,
        min_score=0.001,
        max_segments=100,
        by_class=False,
        class_scores=class_scores,
        class_scores_top_k=2,
    ),
)

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=15, val_begin=10, val_interval=5)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = af.optimizer(lr=1e-3)
param_scheduler = af.schedule(epochs=15, warmup=5)
custom_hooks = [dict(type='EMAHook', momentum=0.001, priority='ABOVE_NORMAL')]
default_hooks = dict(checkpoint=dict(interval=5, save_best='mAP@0.5', rule='greater'))

val_evaluator = af.detection_metric(f'{work_dir}/results.json', thresholds=[i / 100 for i in range(50, 100, 5)])
test_evaluator = val_evaluator
