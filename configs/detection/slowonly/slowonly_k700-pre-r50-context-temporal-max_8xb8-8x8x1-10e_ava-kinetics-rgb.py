_base_ = 'slowonly_k700-pre-r50-context_8xb8-8x8x1-10e_ava-kinetics-rgb.py'

model = dict(roi_head=dict(bbox_roi_extractor=dict(temporal_pool_mode='max')))
