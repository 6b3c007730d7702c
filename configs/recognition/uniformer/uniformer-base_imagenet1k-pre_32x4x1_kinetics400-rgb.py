_base_ = 'uniformer-base_imagenet1k-pre_16x4x1_kinetics400-rgb.py'
import mmaction.recipes as r

test_pipeline = r.clips(clip_len=32, frame_interval=4, test_clips=4, test_view=r.center_crop(224, short=224), io={})[2]
test_dataloader = dict(batch_size=16, dataset=dict(pipeline=test_pipeline))
