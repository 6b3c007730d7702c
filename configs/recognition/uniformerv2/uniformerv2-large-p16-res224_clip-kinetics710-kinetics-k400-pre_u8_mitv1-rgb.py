_base_ = 'uniformerv2-large-p14-res224_clip-kinetics710-pre_u8_kinetics400-rgb.py'

data_root_val = 'data/mit_v1'
data_root_test = data_root_val
ann_file_test = 'data/mit_v1/val.csv'

# Patches of 14 pixels, whatever the name says.
model = dict(cls_head=dict(num_classes=339))

test_dataloader = dict(
    dataset=dict(ann_file=ann_file_test, data_prefix=dict(video=data_root_test), delimiter=' '),
)
