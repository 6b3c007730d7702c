_base_ = ['../../_base_/models/fast_rcnn_slowonly_r50.py', '../../_base_/default_runtime.py']
import mmaction.recipes.detection as det

url = (
    'https://download.openmmlab.com/mmaction/v1.0/recognition/videomae/'
    'vit-base-p16_videomae-k400-pre_16x4x1_kinetics-400_20221013-860a3cd3.pth'
)
model = dict(
    init_cfg=dict(type='Pretrained', checkpoint=url),
    backbone=dict(
        _delete_=True,
        type='mmaction.VisionTransformer',
        img_size=224,
        patch_size=16,
        embed_dims=768,
        depth=12,
        num_heads=12,
        mlp_ratio=4,
        qkv_bias=True,
        num_frames=16,
        norm_cfg=dict(type='LN', eps=1e-6),
        drop_path_rate=0.2,
        use_mean_pooling=False,
        return_feat_map=True,
    ),
    data_preprocessor=dict(type='ActionDataPreprocessor'),
    roi_head=dict(bbox_head=dict(in_channels=768)),
)

dataset_type = 'AVAKineticsDataset'
data_root = 'data/ava_kinetics/rawframes'
anno_root = 'data/ava_kinetics/annotations'
ann_file_train = f'{anno_root}/ava_train_v2.2.csv'
ann_file_val = f'{anno_root}/ava_val_v2.2.csv'
exclude_file_train = f'{anno_root}/ava_train_excluded_timestamps_v2.2.csv'
exclude_file_val = f'{anno_root}/ava_val_excluded_timestamps_v2.2.csv'
label_file = f'{anno_root}/ava_action_list_v2.2_for_activitynet_2019.pbtxt'
proposal_file_train = f'{anno_root}/ava_dense_proposals_train.FAIR.recall_93.9.pkl'
proposal_file_val = f'{anno_root}/ava_dense_proposals_val.FAIR.recall_93.9.pkl'

train_pipeline, val_pipeline, test_pipeline = det.clips(clip_len=16, frame_interval=4, io={})
train_dataloader, val_dataloader, test_dataloader = det.loaders(
    8,
    (train_pipeline, val_pipeline, test_pipeline),
    det.dataset(dataset_type, data_root, label_file=label_file),
    train=dict(ann_file=ann_file_train, exclude_file=exclude_file_train, proposal_file=proposal_file_train),
    val=dict(ann_file=ann_file_val, exclude_file=exclude_file_val, proposal_file=proposal_file_val),
)
val_evaluator = det.ava_metric(ann_file_val, label_file, exclude_file_val)
test_evaluator = val_evaluator

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=20, val_begin=1, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = det.cosine_schedule(20, warmup=5)

optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=1.25e-4, weight_decay=0.05),
    constructor='LearningRateDecayOptimizerConstructor',
    paramwise_cfg=dict(decay_rate=0.75, decay_type='layer_wise', num_layers=12),
    clip_grad=dict(max_norm=40, norm_type=2),
)

default_hooks = dict(checkpoint=dict(max_keep_ckpts=2))

# The learning rate is for 8 GPUs x 8 clips; --auto-scale-lr scales it to the batch in use.
auto_scale_lr = dict(enable=False, base_batch_size=64)
