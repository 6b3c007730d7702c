_base_ = 'uniformerv2-large-p14-res224_clip-kinetics710-pre_u8_kinetics400-rgb.py'
import mmaction.recipes as r

num_frames = 16
model = dict(backbone=dict(t_size=num_frames))

test_pipeline = r.uniform(num_frames, 4, io={})[2]
test_dataloader = dict(batch_size=16, dataset=dict(pipeline=test_pipeline))
