_base_ = [
    '../../_base_/models/uniformerv2_base_p16.py',
    '../../_base_/default_runtime.py',
]

# The model only: for its weights, and to start others from.
model = dict(cls_head=dict(num_classes=710))
