_base_ = ['bsn_tem_1xb16-400x100-20e_activitynet-feature.py']
import mmaction.recipes.localization as loc

data_root = 'data/ActivityNet/k700slowonly'
data_root_val = data_root
ann_file_train = 'data/ActivityNet/anet_anno_train.json'
ann_file_val = 'data/ActivityNet/anet_anno_val.json'
ann_file_test = 'data/ActivityNet/anet_anno_trainval.json'

model = dict(tem_feat_dim=2048)

train_pipeline, val_pipeline, test_pipeline = loc.boundaries()
train_dataloader, val_dataloader, test_dataloader = loc.loaders(
    16,
    (train_pipeline, val_pipeline, test_pipeline),
    data_root,
    train=ann_file_train,
    val=ann_file_val,
    test=ann_file_test,
    data_root_val=data_root_val,
    val_batch_size=16,
    dataset_type=_base_.dataset_type,
)
