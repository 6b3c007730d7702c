# Kinetics-710: Kinetics-400, -600 and -700 with their classes joined. The datasets here lack pipelines, which a config
# adds with `mmaction.recipes.datasets`.
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

k400_sets = dict(
    train=dict(type='VideoDataset', ann_file=k400_ann_file_train, data_prefix=dict(video=k400_data_root)),
    val=dict(type='VideoDataset', ann_file=k400_ann_file_val, data_prefix=dict(video=k400_data_root_val)),
)
k600_sets = dict(
    train=dict(type='VideoDataset', ann_file=k600_ann_file_train, data_prefix=dict(video=k600_data_root)),
    val=dict(type='VideoDataset', ann_file=k600_ann_file_val, data_prefix=dict(video=k600_data_root_val)),
)
k700_sets = dict(
    train=dict(type='VideoDataset', ann_file=k700_ann_file_train, data_prefix=dict(video=k700_data_root)),
    val=dict(type='VideoDataset', ann_file=k700_ann_file_val, data_prefix=dict(video=k700_data_root_val)),
)
