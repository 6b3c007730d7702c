_base_ = [
    '../../_base_/models/tin_r50.py',
    '../../_base_/schedules/sgd_tsm_50e.py',
    '../../_base_/default_runtime.py',
]
import mmaction.recipes as r

dataset_type = 'VideoDataset'
data_root = 'data/kinetics400/videos_train'
data_root_val = 'data/kinetics400/videos_val'
ann_file_train = 'data/kinetics400/kinetics400_train_list_videos.txt'
ann_file_val = 'data/kinetics400/kinetics400_val_list_videos.txt'
ann_file_test = ann_file_val

model = dict(cls_head=dict(is_shift=True))

train_pipeline, val_pipeline, test_pipeline = r.segments(8, test_view=r.center_crop(), io={})
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    6,
    (train_pipeline, val_pipeline, test_pipeline),
    train=dict(type=dataset_type, ann_file=ann_file_train, data_prefix=dict(video=data_root)),
    val=dict(type=dataset_type, ann_file=ann_file_val, data_prefix=dict(video=data_root_val)),
    test=dict(type=dataset_type, ann_file=ann_file_test, data_prefix=dict(video=data_root_val)),
)
for loader in (train_dataloader, val_dataloader, test_dataloader):
    loader['num_workers'] = 2

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator

train_cfg = dict(val_interval=5)
optim_wrapper = dict(clip_grad=dict(max_norm=40, norm_type=2))

load_from = (
    'https://download.openmmlab.com/mmaction/recognition/tsm/tsm_r50_1x1x8_50e_kinetics400_rgb/'
    'tsm_r50_1x1x8_50e_kinetics400_rgb_20200607-af7fb746.pth'
)
