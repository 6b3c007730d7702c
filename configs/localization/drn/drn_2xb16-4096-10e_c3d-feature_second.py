_base_ = ['drn_2xb16-4096-10e_c3d-feature_third.py']

# the prediction of the IoU, all the rest fixed; load_from: the best checkpoint of the first stage
model = dict(is_second_stage=True)

optim_wrapper = dict(optimizer=dict(lr=1e-5))
