_base_ = ['../resnet/tsn_r18_8xb320-64x1x1-100e_kinetics400-audio-feature.py']
import mmaction.recipes as r

model = dict(
    backbone=dict(type='ResNetAudio', depth=50, pretrained=None),
    cls_head=dict(in_channels=1024),
)

dataset_type = 'AudioDataset'
data_root = 'data/kinetics400/audio_features_train'
data_root_val = 'data/kinetics400/audio_features_val'
ann_file_train = 'data/kinetics400/kinetics400_train_list_audio_features.txt'
ann_file_val = 'data/kinetics400/kinetics400_val_list_audio_features.txt'
ann_file_test = ann_file_val

train_pipeline, val_pipeline, test_pipeline = r.sounds(clip_len=64, test_clips=10)
audio = dict(_delete_=True, type=dataset_type, suffix='.npy')  # replaces the dataset of the base, which has a data_root
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    160,
    (train_pipeline, val_pipeline, test_pipeline),
    train=dict(audio, ann_file=ann_file_train, data_prefix=dict(audio=data_root)),
    val=dict(audio, ann_file=ann_file_val, data_prefix=dict(audio=data_root_val)),
    test=dict(audio, ann_file=ann_file_test, data_prefix=dict(audio=data_root_val)),
    num_workers=2,
)

optim_wrapper = dict(optimizer=dict(lr=2.0))
