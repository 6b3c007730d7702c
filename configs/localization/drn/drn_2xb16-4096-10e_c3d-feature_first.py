_base_ = ['drn_2xb16-4096-10e_c3d-feature_third.py']

# positions and distances
model = dict(is_first_stage=True)

param_scheduler = [dict(type='LinearLR', start_factor=0.1, by_epoch=True, begin=0, end=5)]
optim_wrapper = dict(optimizer=dict(lr=1e-3))
