_base_ = ['../../_base_/models/fast_rcnn_slowfast_r50.py', '../../_base_/default_runtime.py']
import mmaction.recipes.detection as det

url = (
    'https://download.openmmlab.com/mmaction/recognition/slowfast/'
    'slowfast_r50_8x8x1_256e_kinetics400_rgb/'
    'slowfast_r50_8x8x1_256e_kinetics400_rgb_20200716-73547d2b.pth'
)
model = dict(
    init_cfg=dict(type='Pretrained', checkpoint=url),
    backbone=dict(resample_rate=4, speed_ratio=4, slow_pathway=dict(fusion_kernel=7)),
    # the feature of a person and that of a place, each of 2304 channels
    roi_head=dict(
        shared_head=dict(type='ACRNHead', in_channels=4608, out_channels=2304),
    ),
)

dataset_type = 'AVADataset'
data_root = 'data/ava/rawframes'
anno_root = 'data/ava/annotations'
ann_file_train = f'{anno_root}/ava_train_v2.2.csv'
ann_file_val = f'{anno_root}/ava_val_v2.2.csv'
exclude_file_train = f'{anno_root}/ava_train_excluded_timestamps_v2.2.csv'
exclude_file_val = f'{anno_root}/ava_val_excluded_timestamps_v2.2.csv'
label_file = f'{anno_root}/ava_action_list_v2.2_for_activitynet_2019.pbtxt'
proposal_file_train = f'{anno_root}/ava_dense_proposals_train.FAIR.recall_93.9.pkl'
proposal_file_val = f'{anno_root}/ava_dense_proposals_val.FAIR.recall_93.9.pkl'
# Frames in an object store; for those on a disk: dict(io_backend='disk')
file_client_args = dict(io_backend='petrel', path_mapping={'data/ava': 's254:s3://openmmlab/datasets/action/ava'})

train_pipeline, val_pipeline, test_pipeline = det.clips(clip_len=32, frame_interval=2, io=file_client_args)
train_dataloader, val_dataloader, test_dataloader = det.loaders(
    8,
    (train_pipeline, val_pipeline, test_pipeline),
    det.dataset(dataset_type, data_root, label_file=label_file),
    train=dict(ann_file=ann_file_train, exclude_file=exclude_file_train, proposal_file=proposal_file_train),
    val=dict(ann_file=ann_file_val, exclude_file=exclude_file_val, proposal_file=proposal_file_val),
)
val_evaluator = det.ava_metric(ann_file_val, label_file, exclude_file_val)
test_evaluator = val_evaluator

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=10, val_begin=1, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = det.cosine_schedule(10, warmup=2)

optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=1e-5),
    clip_grad=dict(max_norm=40, norm_type=2),
)
