_base_ = ['../../_base_/models/fast_rcnn_slowonly_r50.py', '../../_base_/default_runtime.py']
import mmaction.recipes.detection as det

url = (
    'https://download.openmmlab.com/mmaction/v1.0/recognition/slowonly/'
    'slowonly_imagenet-pretrained-r50_8xb16-4x16x1-steplr-150e_kinetics400-rgb/'
    'slowonly_imagenet-pretrained-r50_8xb16-4x16x1-steplr-150e_kinetics400-rgb_20220901-e7b65fad.pth'
)

# The bank, which the two configs with `infer` in their names write: half-precision features of all persons.
lfb_prefix_path = 'data/ava/lfb_half'
max_num_sampled_feat = 5
window_size = 60
lfb_channels = 2048
dataset_modes = ('train', 'val')

model = dict(
    init_cfg=dict(type='Pretrained', checkpoint=url),
    data_preprocessor=dict(type='ActionDataPreprocessor'),
    roi_head=dict(
        shared_head=dict(
            type='FBOHead',
            lfb_cfg=dict(
                lfb_prefix_path=lfb_prefix_path,
                max_num_sampled_feat=max_num_sampled_feat,
                window_size=window_size,
                lfb_channels=lfb_channels,
                dataset_modes=dataset_modes,
                device='gpu',
            ),
            fbo_cfg=dict(
                type='non_local',
                st_feat_channels=2048,
                lt_feat_channels=lfb_channels,
                latent_channels=512,
                num_st_feat=1,
                num_lt_feat=window_size * max_num_sampled_feat,
                num_non_local_layers=2,
                st_feat_dropout_ratio=0.2,
                lt_feat_dropout_ratio=0.2,
                pre_activate=True,
            ),
        ),
        bbox_head=dict(in_channels=2560),  # 2048 of the person and 512 of the bank
    ),
)

dataset_type = 'AVADataset'
data_root = 'data/ava/rawframes'
anno_root = 'data/ava/annotations'
ann_file_train = f'{anno_root}/ava_train_v2.1.csv'
ann_file_val = f'{anno_root}/ava_val_v2.1.csv'
exclude_file_train = f'{anno_root}/ava_train_excluded_timestamps_v2.1.csv'
exclude_file_val = f'{anno_root}/ava_val_excluded_timestamps_v2.1.csv'
label_file = f'{anno_root}/ava_action_list_v2.1_for_activitynet_2018.pbtxt'
proposal_file_train = f'{anno_root}/ava_dense_proposals_train.FAIR.recall_93.9.pkl'
proposal_file_val = f'{anno_root}/ava_dense_proposals_val.FAIR.recall_93.9.pkl'

train_pipeline, val_pipeline, test_pipeline = det.clips(clip_len=4, frame_interval=16, io={})
train_dataloader, val_dataloader, test_dataloader = det.loaders(
    12,
    (train_pipeline, val_pipeline, test_pipeline),
    det.dataset(dataset_type, data_root, label_file=label_file),
    train=dict(
        ann_file=ann_file_train,
        exclude_file=exclude_file_train,
        proposal_file=proposal_file_train,
        person_det_score_thr=0.9,
    ),
    val=dict(
        ann_file=ann_file_val, exclude_file=exclude_file_val, proposal_file=proposal_file_val, person_det_score_thr=0.85
    ),
)
val_evaluator = det.ava_metric(ann_file_val, label_file, exclude_file_val, action_thr=0.0)
test_evaluator = val_evaluator

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=20, val_begin=1, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, begin=0, end=5, convert_to_iter_based=True),
    dict(type='MultiStepLR', begin=0, end=20, by_epoch=True, milestones=[10, 15], gamma=0.1),
]

optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.15, momentum=0.9, weight_decay=1e-5),
    clip_grad=dict(max_norm=20, norm_type=2),
)

default_hooks = dict(checkpoint=dict(interval=3, max_keep_ckpts=3))
