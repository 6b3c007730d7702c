# Fine-tuning on videos of your own, on one GPU. `mmaction data detection from-boxes` writes the files below, and a
# config that inherits from this one.
_base_ = ['../../_base_/models/fast_rcnn_slowonly_r50.py', '../../_base_/default_runtime.py']
import mmaction.recipes.detection as det

url = (
    'https://download.openmmlab.com/mmaction/v1.0/recognition/slowonly/'
    'slowonly_imagenet-pretrained-r50_8xb16-4x16x1-steplr-150e_kinetics400-rgb/'
    'slowonly_imagenet-pretrained-r50_8xb16-4x16x1-steplr-150e_kinetics400-rgb_20220901-e7b65fad.pth'
)
custom_classes = [1, 2, 3]  # of label_map.pbtxt
num_classes = len(custom_classes) + 1  # with the background
model = dict(
    init_cfg=dict(type='Pretrained', checkpoint=url),
    roi_head=dict(bbox_head=dict(num_classes=num_classes, topk=1)),
)

dataset_type = 'AVADataset'
data_root = 'data/own/videos'
anno_root = 'data/own/annotations'
ann_file_train = f'{anno_root}/train.csv'
ann_file_val = f'{anno_root}/val.csv'
exclude_file_train = f'{anno_root}/train_excluded_timestamps.csv'
exclude_file_val = f'{anno_root}/val_excluded_timestamps.csv'
label_file = f'{anno_root}/label_map.pbtxt'
proposal_file_train = f'{anno_root}/proposals_train.pkl'
proposal_file_val = f'{anno_root}/proposals_val.pkl'

train_pipeline, val_pipeline, test_pipeline = det.clips(clip_len=4, frame_interval=16, source='video')
train_dataloader, val_dataloader, test_dataloader = det.loaders(
    8,
    (train_pipeline, val_pipeline, test_pipeline),
    det.own_dataset(data_root, label_file, custom_classes),
    train=dict(ann_file=ann_file_train, exclude_file=exclude_file_train, proposal_file=proposal_file_train),
    val=dict(ann_file=ann_file_val, exclude_file=exclude_file_val, proposal_file=proposal_file_val),
    num_workers=2,
)
val_evaluator = det.own_metric(ann_file_val, label_file, exclude_file_val, custom_classes)
test_evaluator = val_evaluator

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=20, val_begin=1, val_interval=2)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = det.cosine_schedule(20, warmup=2)

optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.0125, momentum=0.9, weight_decay=1e-5),
    clip_grad=dict(max_norm=40, norm_type=2),
)

default_hooks = dict(checkpoint=dict(max_keep_ckpts=2))

# The learning rate is for 8 clips; --auto-scale-lr scales it to the batch in use.
auto_scale_lr = dict(enable=False, base_batch_size=8)
