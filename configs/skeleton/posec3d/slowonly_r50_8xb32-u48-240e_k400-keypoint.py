_base_ = ['slowonly_r50_8xb16-u48-240e_gym-keypoint.py']
import mmaction.recipes.pose as p

model = dict(backbone=dict(stage_blocks=(3, 4, 6)), cls_head=dict(num_classes=400))

ann_file = 'data/skeleton/k400_2d.pkl'
data_root = 'data/skeleton/kpfiles'
box_thr = 0.5
valid_ratio = 0.0  # not used here: for configs that inherit this one and filter by it

train_pipeline, val_pipeline, test_pipeline = p.heatmaps(
    target=p.keypoints(sigma=None, use_score=None), view=p.whole(64), load=p.DECOMPRESS
)
train_dataloader, val_dataloader, test_dataloader = p.loaders(
    32,
    (train_pipeline, val_pipeline, test_pipeline),
    ann_file,
    ('train', 'val'),
    times=10,
    num_workers=8,
    data_prefix=dict(skeleton=data_root),
    box_thr=box_thr,
)

default_hooks = dict(checkpoint=dict(max_keep_ckpts=3))
optim_wrapper = dict(optimizer=dict(lr=0.4, weight_decay=0.0001))
auto_scale_lr = dict(enable=False, base_batch_size=256)
