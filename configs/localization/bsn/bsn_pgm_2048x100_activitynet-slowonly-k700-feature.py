_base_ = ['bsn_pgm_400x100_activitynet-feature.py']

data_root = 'data/ActivityNet/k700slowonly'
data_root_val = data_root
