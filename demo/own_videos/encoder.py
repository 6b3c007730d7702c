# The frozen encoder of the demo: a small 3D ResNet with random weights, which needs no download. Random filters respond
# to shape and motion, which is enough for drawn footage; for real footage name a trained encoder (--features).
default_scope = 'mmaction'
model = dict(
    type='Recognizer3D',
    backbone=dict(
        type='ResNet3d',
        depth=18,
        pretrained=None,
        num_stages=3,
        out_indices=(2,),
        base_channels=16,
        spatial_strides=(1, 2, 2),
        temporal_strides=(1, 1, 2),
        dilations=(1, 1, 1),
        conv1_kernel=(3, 5, 5),
        conv1_stride_t=1,
        pool1_stride_t=1,
        inflate=(1, 1, 1),
        norm_eval=True,
    ),
    data_preprocessor=dict(
        type='ActionDataPreprocessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], format_shape='NCTHW'
    ),
)
test_pipeline = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=8, frame_interval=1, num_clips=1, test_mode=True),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 48)),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
