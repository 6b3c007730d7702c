_base_ = 'uniformerv2-large-p14-res224_clip-kinetics710-pre_u32_kinetics400-rgb.py'

data_root_val = 'data/k700'
data_root_test = data_root_val
ann_file_test = 'data/k700/val.csv'

model = dict(cls_head=dict(num_classes=700))

test_dataloader = dict(dataset=dict(ann_file=ann_file_test, data_prefix=dict(video=data_root_test)))
