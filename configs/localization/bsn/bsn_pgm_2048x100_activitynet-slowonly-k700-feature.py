_base_ = ['bsn_pgm_400x100_activitynet-feature.py']

data_root = 'data/ActivityNet/k700slowonly'
ann_file_test = 'data/ActivityNet/anet_anno_trainval.json'
