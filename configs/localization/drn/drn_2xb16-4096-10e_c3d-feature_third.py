_base_ = ['../../_base_/default_runtime.py']
import mmaction.recipes.localization as loc

root = 'data/CharadesSTA/'
data_root = 'data/CharadesSTA/C3D_unit16_overlap0.5_merged/'
ann_file_train = 'data/CharadesSTA/Charades_sta_train.txt'
ann_file_val = 'data/CharadesSTA/Charades_sta_test.txt'

# everything; load_from: the best checkpoint of the second stage
model = dict(
    type='DRN',
    vocab_size=1301,
    feature_dim=4096,
    embed_dim=300,
    hidden_dim=512,
    bidirection=True,
    first_output_dim=256,
    fpn_feature_dim=512,
    lstm_layers=1,
    graph_node_features=1024,
    fcos_pre_nms_top_n=32,
    fcos_inference_thr=0.05,
    fcos_prior_prob=0.01,
    focal_alpha=0.25,
    focal_gamma=2.0,
    fpn_stride=[1, 2, 4],
    fcos_nms_thr=0.6,
    fcos_conv_layers=1,
    fcos_num_class=2,
    is_first_stage=False,
    is_second_stage=False,
)

train_dataloader = loc.charades(16, ann_file_train, root, data_root, num_workers=8)
val_dataloader = loc.charades(1, ann_file_val, root, data_root, num_workers=4)
test_dataloader = val_dataloader

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=10, val_begin=1, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

val_evaluator = dict(type='RecallatTopK', topK_list=(1, 5), threshold=0.5)
test_evaluator = val_evaluator

optim_wrapper = dict(optimizer=dict(type='Adam', lr=1e-6), clip_grad=dict(max_norm=5, norm_type=2))

find_unused_parameters = True
