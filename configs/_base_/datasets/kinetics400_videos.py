# Kinetics-400, video files. The loaders lack pipelines and sizes, which a config adds with `mmaction.recipes.loaders`.
dataset_type = 'VideoDataset'
data_root = 'data/kinetics400/videos_train'
data_root_val = 'data/kinetics400/videos_val'
ann_file_train = 'data/kinetics400/kinetics400_train_list_videos.txt'
ann_file_val = 'data/kinetics400/kinetics400_val_list_videos.txt'

train_dataloader = dict(dataset=dict(type=dataset_type, ann_file=ann_file_train, data_prefix=dict(video=data_root)))
val_dataloader = dict(dataset=dict(type=dataset_type, ann_file=ann_file_val, data_prefix=dict(video=data_root_val)))
test_dataloader = val_dataloader

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator
