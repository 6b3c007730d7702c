_base_ = ['../../_base_/models/fast_rcnn_slowonly_r50.py', '../../_base_/default_runtime.py']
import mmaction.recipes.detection as det

url = (
    'https://download.openmmlab.com/mmaction/v1.0/recognition/slowonly/'
    'slowonly_imagenet-pretrained-r50_8xb16-4x16x1-steplr-150e_kinetics400-rgb/'
    'slowonly_imagenet-pretrained-r50_8xb16-4x16x1-steplr-150e_kinetics400-rgb_20220901-e7b65fad.pth'
)

num_classes = 66
model = dict(
    init_cfg=dict(type='Pretrained', checkpoint=url),
    roi_head=dict(bbox_head=dict(background_class=False, num_classes=num_classes, multilabel=False)),
)

dataset_type = 'AVADataset'
data_root = 'data/multisports/trainval'
anno_root = 'data/multisports/annotations'
ann_file_train = f'{anno_root}/multisports_train.csv'
ann_file_val = f'{anno_root}/multisports_val.csv'
gt_file = f'{anno_root}/multisports_GT.pkl'
proposal_file_train = f'{anno_root}/multisports_dense_proposals_train.recall_96.13.pkl'
proposal_file_val = f'{anno_root}/multisports_dense_proposals_val.recall_96.13.pkl'
file_client_args = dict(io_backend='disk')

train_pipeline, val_pipeline, test_pipeline = det.clips(
    clip_len=4, frame_interval=16, source='video', io=file_client_args
)
train_dataloader, val_dataloader, test_dataloader = det.loaders(
    16,
    (train_pipeline, val_pipeline, test_pipeline),
    det.multisports_dataset(dataset_type, data_root, num_classes),
    train=dict(ann_file=ann_file_train, proposal_file=proposal_file_train),
    val=dict(ann_file=ann_file_val, proposal_file=proposal_file_val),
)
val_evaluator = dict(type='MultiSportsMetric', ann_file=gt_file)
test_evaluator = val_evaluator

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=8, val_begin=1, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, begin=0, end=5),
    dict(type='MultiStepLR', begin=0, end=8, by_epoch=True, milestones=[6, 7], gamma=0.1),
]

optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.2, momentum=0.9, weight_decay=1e-5),
    clip_grad=dict(max_norm=5, norm_type=2),
)
