_base_ = ['../../_base_/models/fast_rcnn_slowonly_r50.py', '../../_base_/default_runtime.py']
import mmaction.recipes.detection as det

url = (
    'https://download.openmmlab.com/mmaction/v1.0/recognition/slowonly/'
    'slowonly_imagenet-pretrained-r50_8xb16-4x16x1-steplr-150e_kinetics400-rgb/'
    'slowonly_imagenet-pretrained-r50_8xb16-4x16x1-steplr-150e_kinetics400-rgb_20220901-e7b65fad.pth'
)

# Testing writes lfb_train.pkl into this folder: the features of all persons of the set.
lfb_prefix_path = 'data/ava/lfb_half'
dataset_mode = 'train'

model = dict(
    init_cfg=dict(type='Pretrained', checkpoint=url),
    data_preprocessor=dict(type='ActionDataPreprocessor'),
    roi_head=dict(
        shared_head=dict(
            type='LFBInferHead', lfb_prefix_path=lfb_prefix_path, dataset_mode=dataset_mode, use_half_precision=True
        )
    ),
)

dataset_type = 'AVADataset'
data_root = 'data/ava/rawframes'
anno_root = 'data/ava/annotations'
ann_file_infer = f'{anno_root}/ava_{dataset_mode}_v2.1.csv'
exclude_file_infer = f'{anno_root}/ava_{dataset_mode}_excluded_timestamps_v2.1.csv'
label_file = f'{anno_root}/ava_action_list_v2.1_for_activitynet_2018.pbtxt'
proposal_file_infer = f'{anno_root}/ava_dense_proposals_{dataset_mode}.FAIR.recall_93.9.pkl'

infer_pipeline = det.clips(clip_len=4, frame_interval=16, io={})[2]
test_pipeline = infer_pipeline
test_dataloader = det.loaders(
    1,
    (infer_pipeline, infer_pipeline, infer_pipeline),
    det.dataset(dataset_type, data_root, label_file=label_file, person_det_score_thr=0.9),
    train={},
    val=dict(ann_file=ann_file_infer, exclude_file=exclude_file_infer, proposal_file=proposal_file_infer),
)[2]
test_evaluator = det.ava_metric(ann_file_infer, label_file, exclude_file_infer, action_thr=0.0)
test_cfg = dict(type='TestLoop')
