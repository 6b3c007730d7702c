_base_ = 'x3d_s_13x6x1_facebook-kinetics400-rgb.py'
import mmaction.recipes as r

test_pipeline = r.pipeline(
    dict(type='SampleFrames', clip_len=16, frame_interval=5, num_clips=10, target_fps=30, test_mode=True),
    r.three_crop(256, short=256),
    'NCTHW',
    io={},
)
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
