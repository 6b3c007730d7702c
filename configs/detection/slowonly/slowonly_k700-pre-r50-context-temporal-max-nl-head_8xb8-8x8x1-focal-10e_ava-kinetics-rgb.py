_base_ = 'slowonly_k700-pre-r50-context-temporal-max-nl-head_8xb8-8x8x1-10e_ava-kinetics-rgb.py'

model = dict(roi_head=dict(bbox_head=dict(focal_gamma=1.0)))
