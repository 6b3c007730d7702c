"""Python names of the 0.x line: the module of each, and its successor or the reason why it has none."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Module of 0.x -> module of today, and the names that are there under the same name.
SAME: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        'mmaction.core.bbox.bbox_target': ('mmaction.structures.bbox', 'bbox_target'),
        'mmaction.core.bbox.transforms': ('mmaction.structures.bbox', 'bbox2result'),
        'mmaction.core.dist_utils': ('mmengine.dist', 'sync_random_seed'),
        'mmaction.core.evaluation.accuracy': (
            'mmaction.evaluation.functional',
            'confusion_matrix mean_class_accuracy top_k_classes top_k_accuracy mmit_mean_average_precision '
            'mean_average_precision binary_precision_recall_curve pairwise_temporal_iou '
            'average_recall_at_avg_proposals get_weighted_score softmax interpolated_precision_recall '
            'average_precision_at_temporal_iou',
        ),
        'mmaction.core.evaluation.ava_evaluation.metrics': (
            'mmaction.evaluation.functional.box_matching',
            'compute_average_precision compute_cor_loc compute_precision_recall',
        ),
        'mmaction.core.evaluation.ava_evaluation.np_box_ops': (
            'mmaction.evaluation.functional.ava_evaluation.np_box_ops',
            'area intersection ioa iou',
        ),
        'mmaction.core.evaluation.ava_utils': (
            'mmaction.evaluation.functional.ava_utils',
            'ava_eval det2csv make_image_key print_time read_csv read_exclusions read_labelmap results2csv',
        ),
        'mmaction.core.evaluation.eval_detection': (
            'mmaction.evaluation.functional.eval_detection',
            'ActivityNetLocalization',
        ),
        'mmaction.core.hooks.output': ('mmaction.engine', 'OutputHook'),
        'mmaction.core.bbox.assigners.max_iou_assigner_ava': ('mmaction.models.task_modules', 'MaxIoUAssignerAVA'),
        'mmaction.datasets.ava_dataset': ('mmaction.datasets', 'AVADataset'),
        'mmaction.datasets.blending_utils': (
            'mmaction.models',
            'BaseMiniBatchBlending CutmixBlending MixupBlending',
        ),
        'mmaction.datasets.builder': ('mmengine.dataset', 'worker_init_fn'),
        'mmaction.datasets.dataset_wrappers': ('mmengine.dataset', 'ConcatDataset RepeatDataset'),
        'mmaction.datasets.pipelines.augmentations': (
            'mmaction.datasets.transforms',
            'PoseCompact Fuse RandomCrop RandomResizedCrop MultiScaleCrop Resize RandomRescale Flip ColorJitter '
            'CenterCrop ThreeCrop TenCrop',
        ),
        'mmaction.datasets.pipelines.compose': ('mmengine.dataset', 'Compose'),
        'mmaction.datasets.pipelines.formatting': (
            'mmaction.datasets.transforms',
            'to_tensor Transpose FormatShape FormatAudioShape JointToBone FormatGCNInput',
        ),
        'mmaction.datasets.pipelines.loading': (
            'mmaction.datasets.transforms',
            'LoadHVULabel SampleFrames UntrimmedSampleFrames DenseSampleFrames SampleAVAFrames PyAVInit PyAVDecode '
            'PIMSInit PIMSDecode PyAVDecodeMotionVector DecordInit DecordDecode OpenCVInit OpenCVDecode RawFrameDecode '
            'ArrayDecode ImageDecode LoadAudioFeature BuildPseudoClip AudioFeatureSelector LoadLocalizationFeature '
            'GenerateLocalizationLabels LoadProposals',
        ),
        'mmaction.datasets.pipelines.pose_loading': (
            'mmaction.datasets.transforms',
            'UniformSampleFrames PoseDecode GeneratePoseTarget',
        ),
        'mmaction.localization.bsn_utils': (
            'mmaction.models.localizers.utils',
            'generate_candidate_proposals generate_bsp_feature',
        ),
        'mmaction.localization.proposal_utils': (
            'mmaction.models.localizers.utils',
            'temporal_iou temporal_iop soft_nms',
        ),
        'mmaction.models.common.sub_batchnorm3d': ('mmaction.models', 'SubBatchNorm3D'),
        'mmaction.models.common.lfb': ('mmaction.models.roi_heads.shared_heads', 'LFB'),
        'mmaction.models.heads.bbox_head': ('mmaction.models.roi_heads.bbox_heads', 'BBoxHeadAVA'),
        'mmaction.models.heads.fbo_head': ('mmaction.models.roi_heads.shared_heads', 'FBOHead'),
        'mmaction.models.heads.lfb_infer_head': ('mmaction.models.roi_heads.shared_heads', 'LFBInferHead'),
        'mmaction.models.heads.misc_head': ('mmaction.models.roi_heads.shared_heads', 'ACRNHead'),
        'mmaction.models.heads.roi_head': ('mmaction.models.roi_heads', 'AVARoIHead'),
        'mmaction.models.roi_extractors.single_straight3d': (
            'mmaction.models.roi_heads.roi_extractors',
            'SingleRoIExtractor3D',
        ),
        'mmaction.models.skeleton_gcn.utils.graph': (
            'mmaction.structures.graph',
            'get_hop_distance normalize_digraph edge2mat',
        ),
        # Not of 0.x, but a former path of ours that no file can serve: file systems may take it for FPN.py.
        'mmaction.models.localizers.drn.drn_utils.fpn': ('mmaction.models.localizers.drn.drn_utils', 'FPN'),
        'mmaction.utils.distribution_env': ('mmengine.device', 'get_device is_mlu_available'),
    }
)

# Name of 0.x -> the place of its successor, which takes the same arguments.
RENAMED: Mapping[str, str] = MappingProxyType(
    {
        'mmaction.core.optimizer.copy_of_sgd.CopyOfSGD': 'torch.optim:SGD',
        'mmaction.core.optimizer.tsm_optimizer_constructor.TSMOptimizerConstructor': (
            'mmaction.engine.optimizers:TSMOptimWrapperConstructor'
        ),
        'mmaction.core.runner.omnisource_runner.OmniSourceDistSamplerSeedHook': 'mmengine.hooks:DistSamplerSeedHook',
        'mmaction.core.runner.omnisource_runner.cycle': 'itertools:cycle',
        'mmaction.datasets.builder.BLENDINGS': 'mmaction.registry:MODELS',
        'mmaction.datasets.builder.DATASETS': 'mmaction.registry:DATASETS',
        'mmaction.datasets.builder.PIPELINES': 'mmaction.registry:TRANSFORMS',
        'mmaction.datasets.builder.build_dataset': 'mmaction.compat.functions:build_dataset',
        'mmaction.datasets.pipelines.augmentations.Imgaug': 'mmaction.datasets.transforms:ImgAug',
        'mmaction.datasets.pipelines.pose_loading.PaddingWithLoop': 'mmaction.compat.transforms:PaddingWithLoop',
        'mmaction.datasets.pipelines.pose_loading.PoseNormalize': 'mmaction.compat.transforms:PoseNormalize',
        'mmaction.models.heads.audio_tsn_head.AudioTSNHead': 'mmaction.models:TSNAudioHead',
        'mmaction.utils.logger.get_root_logger': 'mmaction.compat.functions:get_root_logger',
    }
)

_AUDIO = 'features of audio tracks are written beforehand, by tools/data/build_audio_features.py'
_AVA = 'AVAMetric evaluates detection'
_COLLECT = 'PackActionInputs collects, converts and names what the model gets'
_LR = 'list schedulers in param_scheduler of the config'
_MULTIGRID = 'multigrid training has no successor'
_PRECISE = 'mmengine.hooks.Hook is the base of a hook that computes the statistics of batch normalization anew'
_RUN = 'Runner.from_cfg(cfg) of mmengine'
_SAMPLER = 'mmengine.dataset.DefaultSampler samples for all processes'
_SSN = 'SSN has no successor; BMN, BSN and TCANet localize actions'

# Name of 0.x -> the sentence that names its successor.
REFUSED: Mapping[str, str] = MappingProxyType(
    {
        'mmaction.apis.test.collect_results_cpu': f'{_RUN} collects results in the metrics',
        'mmaction.apis.test.multi_gpu_test': f'{_RUN} and its method test() replace it',
        'mmaction.apis.test.single_gpu_test': f'{_RUN} and its method test() replace it',
        'mmaction.apis.train.init_random_seed': 'set randomness = dict(seed=...) in the config',
        'mmaction.apis.train.train_model': f'{_RUN} and its method train() replace it',
        **{
            f'mmaction.core.evaluation.ava_evaluation.{name}': _AVA
            for name in (
                'np_box_list.BoxList',
                'object_detection_evaluation.DetectionEvaluator',
                'object_detection_evaluation.ObjectDetectionEvaluator',
                'object_detection_evaluation.PascalDetectionEvaluator',
                'object_detection_evaluation.ObjectDetectionEvaluation',
                'per_image_evaluation.PerImageEvaluation',
                'standard_fields.InputDataFields',
                'standard_fields.DetectionResultFields',
            )
        },
        'mmaction.core.evaluation.eval_detection.compute_average_precision_detection': (
            'ActivityNetLocalization(...).evaluate() computes it'
        ),
        'mmaction.core.evaluation.eval_hooks.DistEvalHook': 'set val_cfg, val_dataloader and val_evaluator',
        'mmaction.core.evaluation.eval_hooks.EvalHook': 'set val_cfg, val_dataloader and val_evaluator',
        'mmaction.core.hooks.output.rgetattr': 'torch.nn.Module.get_submodule finds modules by dotted names',
        'mmaction.core.lr.multigridlr.RelativeStepLrUpdaterHook': _LR,
        'mmaction.core.runner.omnisource_runner.OmniSourceRunner': (
            "set train_cfg = dict(type='MultiLoaderEpochBasedTrainLoop', other_loaders=[...])"
        ),
        'mmaction.core.scheduler.lr_updater.TINLrUpdaterHook': _LR,
        'mmaction.datasets.audio_feature_dataset.AudioFeatureDataset': "AudioDataset(suffix='.npy') replaces it",
        'mmaction.datasets.audio_visual_dataset.AudioVisualDataset': 'use one data set per modality',
        'mmaction.datasets.base.BaseDataset': (
            'mmaction.datasets.BaseActionDataset is the base, whose subclass defines load_data_list()'
        ),
        'mmaction.datasets.builder.build_dataloader': 'mmengine.runner.Runner.build_dataloader replaces it',
        'mmaction.datasets.image_dataset.ImageDataset': 'VideoDataset with ImageDecode in its pipeline reads images',
        'mmaction.datasets.pipelines.augmentations.AudioAmplify': _AUDIO,
        'mmaction.datasets.pipelines.augmentations.MelSpectrogram': _AUDIO,
        'mmaction.datasets.pipelines.augmentations.Normalize': (
            "the model's data preprocessor normalizes: ActionDataPreprocessor(mean=..., std=...)"
        ),
        'mmaction.datasets.pipelines.augmentations.PytorchVideoTrans': 'PytorchVideoWrapper(op=...) replaces it',
        'mmaction.datasets.pipelines.augmentations.TorchvisionTrans': 'TorchVisionWrapper(op=...) replaces it',
        'mmaction.datasets.pipelines.formatting.Collect': _COLLECT,
        'mmaction.datasets.pipelines.formatting.ImageToTensor': _COLLECT,
        'mmaction.datasets.pipelines.formatting.Rename': _COLLECT,
        'mmaction.datasets.pipelines.formatting.ToDataContainer': _COLLECT,
        'mmaction.datasets.pipelines.formatting.ToTensor': _COLLECT,
        'mmaction.datasets.pipelines.loading.AudioDecode': _AUDIO,
        'mmaction.datasets.pipelines.loading.AudioDecodeInit': _AUDIO,
        'mmaction.datasets.pipelines.loading.SampleProposalFrames': _SSN,
        'mmaction.datasets.pipelines.pose_loading.LoadKineticsPose': 'DecompressPose reads such annotations',
        'mmaction.datasets.rawvideo_dataset.RawVideoDataset': (
            'list the trimmed clips in an annotation file of VideoDataset'
        ),
        'mmaction.datasets.samplers.distributed_sampler.ClassSpecificDistributedSampler': _SAMPLER,
        'mmaction.datasets.samplers.distributed_sampler.DistributedSampler': _SAMPLER,
        'mmaction.datasets.ssn_dataset.SSNDataset': _SSN,
        'mmaction.datasets.ssn_dataset.SSNInstance': _SSN,
        **{
            f'mmaction.localization.ssn_utils.{name}': _SSN
            for name in ('load_localize_proposal_file', 'perform_regression', 'temporal_nms', 'eval_ap')
        },
        **{
            f'mmaction.models.backbones.agcn.{name}': 'AAGCN(gcn_attention=False) is the same network'
            for name in ('AGCN', 'AGCNBlock', 'ConvTemporalGraphical', 'conv_branch_init', 'conv_init', 'bn_init')
        },
        'mmaction.models.backbones.agcn.identity': 'torch.nn.Identity replaces it',
        'mmaction.models.backbones.agcn.zero': 'torch.zeros_like replaces it',
        **{
            f'mmaction.models.heads.fbo_head.{name}': 'FBOHead(fbo_cfg=...) builds it'
            for name in ('NonLocalLayer', 'FBONonLocal', 'FBOAvg', 'FBOMax')
        },
        **{
            f'mmaction.models.heads.ssn_head.{name}': _SSN
            for name in ('SSNHead', 'STPPTrain', 'STPPTest', 'parse_stage_config')
        },
        'mmaction.models.heads.stgcn_head.STGCNHead': 'GCNHead replaces it, without num_person and spatial_type',
        'mmaction.models.localizers.ssn.SSN': _SSN,
        'mmaction.models.localizers.tap.BaseTAPGenerator': 'mmengine.model.BaseModel is the base of localizers',
        'mmaction.models.localizers.tap.BaseTAGClassifier': 'mmengine.model.BaseModel is the base of localizers',
        'mmaction.models.recognizers.audio_recognizer.AudioRecognizer': (
            'RecognizerAudio replaces it, with average_clips in its head'
        ),
        'mmaction.models.skeleton_gcn.base.BaseGCN': 'BaseRecognizer is the base of all recognizers',
        'mmaction.models.skeleton_gcn.skeletongcn.SkeletonGCN': 'RecognizerGCN replaces it',
        'mmaction.models.skeleton_gcn.utils.graph.Graph': (
            "mmaction.models.utils.Graph(layout, mode=...) replaces it; mode='stgcn_spatial' is strategy='spatial'"
        ),
        'mmaction.utils.distribution_env.build_ddp': f'{_RUN} wraps the model',
        'mmaction.utils.distribution_env.build_dp': f'{_RUN} wraps the model',
        'mmaction.utils.distribution_env.default_device': 'mmengine.device.get_device() returns it',
        'mmaction.utils.module_hooks.GPUNormalize': (
            "the model's data preprocessor normalizes on the GPU: ActionDataPreprocessor(mean=..., std=...)"
        ),
        'mmaction.utils.module_hooks.register_module_hooks': (
            'list hooks of mmengine in custom_hooks, or call register_forward_pre_hook'
        ),
        'mmaction.utils.multigrid.longshortcyclehook.LongShortCycleHook': _MULTIGRID,
        'mmaction.utils.multigrid.longshortcyclehook.modify_subbn3d_num_splits': _MULTIGRID,
        'mmaction.utils.multigrid.short_sampler.ShortCycleSampler': _MULTIGRID,
        'mmaction.utils.multigrid.subbn_aggregate.SubBatchNorm3dAggregationHook': (
            'SubBatchNorm3D.aggregate_stats() of each module is called by a hook of yours'
        ),
        'mmaction.utils.multigrid.subbn_aggregate.aggregate_sub_bn_status': (
            'call SubBatchNorm3D.aggregate_stats() of each module'
        ),
        'mmaction.utils.precise_bn.PreciseBNHook': _PRECISE,
        'mmaction.utils.precise_bn.is_parallel_module': 'mmengine.model.is_model_wrapper replaces it',
        'mmaction.utils.precise_bn.update_bn_stats': _PRECISE,
        'mmaction.utils.setup_env.setup_multi_processes': 'set env_cfg = dict(mp_cfg=...) in the config',
    }
)
