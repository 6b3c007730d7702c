_base_ = [
    '../../_base_/models/uniformerv2_large_p14.py',
    '../../_base_/default_runtime.py',
]

# The model only: for its weights, and to start others from.
# It takes 32 frames, whatever its name says.
num_frames = 32
model = dict(backbone=dict(input_resolution=336, t_size=num_frames), cls_head=dict(num_classes=710))
