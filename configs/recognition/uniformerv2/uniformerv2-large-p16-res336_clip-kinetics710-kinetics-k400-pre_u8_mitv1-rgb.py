_base_ = 'uniformerv2-large-p16-res224_clip-kinetics710-kinetics-k400-pre_u8_mitv1-rgb.py'
import mmaction.recipes as r

model = dict(backbone=dict(input_resolution=336))

test_pipeline = r.uniform(_base_.num_frames, 4, test_view=r.three_crop(336, short=336), io={})[2]
test_dataloader = dict(batch_size=8, dataset=dict(pipeline=test_pipeline))
