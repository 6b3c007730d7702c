model = dict(
    type='Recognizer2D',
    backbone=dict(
        type='MobileOneTSM',
        arch='s4',
        num_segments=8,
        is_shift=True,
        shift_div=8,
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://download.openmmlab.com/mmclassification/v0/mobileone/'
            'mobileone-s4_8xb32_in1k_20221110-28d888cb.pth',
            prefix='backbone',
        ),
    ),
    cls_head=dict(
        type='TSMHead',
        num_classes=400,
        in_channels=2048,
        num_segments=8,
        spatial_type='avg',
        consensus=dict(type='AvgConsensus', dim=1),
        dropout_ratio=0.5,
        init_std=0.001,
        is_shift=True,
        average_clips='prob',
    ),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
    ),
    train_cfg=None,
    test_cfg=None,
)
