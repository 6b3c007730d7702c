_base_ = 'tin_imagenet-pretrained-r50_8xb6-1x1x8-40e_sthv2-rgb.py'

data_root = 'data/sthv1/rawframes'
data_root_val = data_root
ann_file_train = 'data/sthv1/sthv1_train_list_rawframes.txt'
ann_file_val = 'data/sthv1/sthv1_val_list_rawframes.txt'
ann_file_test = ann_file_val

train_dataloader = dict(
    dataset=dict(ann_file=ann_file_train, data_prefix=dict(img=data_root), filename_tmpl='{:05}.jpg'),
)
val_dataloader = dict(
    dataset=dict(ann_file=ann_file_val, data_prefix=dict(img=data_root_val), filename_tmpl='{:05}.jpg'),
)
test_dataloader = dict(
    dataset=dict(ann_file=ann_file_test, data_prefix=dict(img=data_root_val), filename_tmpl='{:05}.jpg'),
)

train_cfg = dict(val_interval=1)
optim_wrapper = dict(clip_grad=dict(max_norm=20))
