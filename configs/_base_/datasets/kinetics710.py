# Kinetics-710: Kinetics-400, -600 and -700 with their classes joined. The loaders here have datasets only; a config
# makes them whole with its batch size and pipelines.
dataset_type = 'VideoDataset'
k400_data_root = 'data/kinetics400/videos_train'
k600_data_root = 'data/kinetics600/videos'
k700_data_root = 'data/kinetics700/videos'
k400_data_root_val = 'data/kinetics400/videos_val'
k600_data_root_val = 'data/kinetics600/videos'
k700_data_root_val = 'data/kinetics700/videos'
k400_ann_file_train = 'data/kinetics710/k400_train_list_videos.txt'
k600_ann_file_train = 'data/kinetics710/k600_train_list_videos.txt'
k700_ann_file_train = 'data/kinetics710/k700_train_list_videos.txt'
k400_ann_file_val = 'data/kinetics710/k400_val_list_videos.txt'
k600_ann_file_val = 'data/kinetics710/k600_val_list_videos.txt'
k700_ann_file_val = 'data/kinetics710/k700_val_list_videos.txt'
file_client_args = dict(io_backend='disk')

train_dataloader = dict(
    dataset=dict(
        type='ConcatDataset',
        datasets=[
            dict(type=dataset_type, ann_file=k400_ann_file_train, data_prefix=dict(video=k400_data_root)),
            dict(type=dataset_type, ann_file=k600_ann_file_train, data_prefix=dict(video=k600_data_root)),
            dict(type=dataset_type, ann_file=k700_ann_file_train, data_prefix=dict(video=k700_data_root)),
        ],
    )
)
val_dataloader = dict(
    dataset=dict(
        type='ConcatDataset',
        datasets=[
            dict(type=dataset_type, ann_file=k400_ann_file_val, data_prefix=dict(video=k400_data_root_val)),
            dict(type=dataset_type, ann_file=k600_ann_file_val, data_prefix=dict(video=k600_data_root_val)),
            dict(type=dataset_type, ann_file=k700_ann_file_val, data_prefix=dict(video=k700_data_root_val)),
        ],
    )
)
