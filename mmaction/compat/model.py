"""Models: renamed types, and the settings that moved between recognizer, head and preprocessor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from mmaction.compat.pipeline import Normalization
from mmaction.compat.report import Report

Config = dict[str, Any]

TYPES = MappingProxyType(
    {
        'SkeletonGCN': 'RecognizerGCN',
        'AudioRecognizer': 'RecognizerAudio',
        'AudioTSNHead': 'TSNAudioHead',
        'STGCNHead': 'GCNHead',
        'AGCN': 'AAGCN',
    }
)
_SSN = 'SSN is not part of 1.x; BSN, BMN and TCANet are its successors for temporal localization'
_NO_SUCCESSOR = MappingProxyType({'SSN': _SSN})
_LAYOUTS = MappingProxyType({'ntu-rgb+d': 'nturgb+d', 'ntu_edge': 'nturgb+d', 'openpose-18': 'openpose'})
_STRATEGIES = MappingProxyType({'spatial': 'stgcn_spatial', 'agcn': 'spatial', 'uniform': 'binary_adj'})


def convert_model(old: Mapping[str, Any], normalization: Normalization | None, report: Report) -> Config:
    """Convert a model.

    Args:
        old: ``model`` of the config.
        normalization: of the pipelines or the GPUNormalize hook; becomes the data preprocessor.
        report: receives what cannot be converted.
    """
    model = _rename(dict(old), 'model', report)
    if model.get('type') == 'FastRCNN':
        return _detector(model, normalization)
    preprocessor = dict(model.get('data_preprocessor') or {})
    if normalization is not None:
        preprocessor |= normalization.config()
    train_cfg = dict(model.get('train_cfg') or {})
    test_cfg = dict(model.get('test_cfg') or {})
    if 'blending' in train_cfg:
        preprocessor.setdefault('type', 'ActionDataPreprocessor')
        preprocessor['blending'] = train_cfg.pop('blending')
    if train_cfg.pop('aux_info', None):
        report.change('model.train_cfg.aux_info', 'list the keys in algorithm_keys of PackActionInputs')
    if preprocessor:
        model['data_preprocessor'] = preprocessor
    if 'average_clips' in test_cfg:
        _move_averaging(model, test_cfg.pop('average_clips'))
    for key, value in (('train_cfg', train_cfg), ('test_cfg', test_cfg)):
        if key in model:
            model[key] = value or None
    return model


def _move_averaging(model: Config, average: str | None) -> None:
    """Move ``average_clips`` to the head.

    None gave the scores of each clip in 0.x, which for 2D models is one row. 1.x writes 'prob' in these configs. Heads
    for several labels get 'score', which leaves the one row as it is: softmax would mix the classes.
    """
    head = model.get('cls_head')
    if not head:
        return
    if average is None:
        average = 'score' if head.get('multi_class') else 'prob'
    model['cls_head'] = dict(head, average_clips=average)


def _detector(model: Config, normalization: Normalization | None) -> Config:
    """Detectors are MMDetection's, whose scope needs our names in full; the metric takes the threshold of scores."""
    model['_scope_'] = 'mmdet'
    backbone = model.get('backbone')
    if backbone and '.' not in backbone['type']:
        model['backbone'] = dict(backbone, type=f'mmaction.{backbone["type"]}')
    if normalization is not None:
        model['data_preprocessor'] = dict(normalization.config(), type='mmaction.ActionDataPreprocessor')
    roi_head = model.get('roi_head') or {}
    if (roi_head.get('bbox_head') or {}).get('type') == 'BBoxHeadAVA':
        # 0.x always counted class 0 as the background.
        model['roi_head'] = dict(roi_head, bbox_head=dict(roi_head['bbox_head'], background_class=True))
    rcnn = (model.get('train_cfg') or {}).get('rcnn')
    if rcnn:
        model['train_cfg'] = dict(rcnn={key: value for key, value in rcnn.items() if key != 'debug'})
    model['test_cfg'] = dict(rcnn=None)
    return model


def _rename(config: Config, key: str, report: Report) -> Config:
    """Convert a module's config and those within it."""
    out: Config = {}
    for name, value in config.items():
        out[name] = _rename(dict(value), f'{key}.{name}', report) if isinstance(value, Mapping) else value
    kind = out.get('type')
    if isinstance(kind, str) and kind in _NO_SUCCESSOR:
        report.lose(f'{key}.type {kind}', _NO_SUCCESSOR[kind])
    rewrite = _REWRITTEN.get(kind) if isinstance(kind, str) else None
    if isinstance(kind, str):
        out['type'] = TYPES.get(kind, kind)
        if kind.startswith('timm.swin') and 'feature_shape' not in out:
            out['feature_shape'] = 'NHWC'  # layout of the features in all versions of timm that work
    return rewrite(out, key, report) if rewrite else out


def _graph(config: Config) -> Config:
    graph = dict(config.get('graph_cfg') or {})
    if 'layout' in graph:
        graph['layout'] = _LAYOUTS.get(graph['layout'], graph['layout'])
    if 'strategy' in graph:
        graph['mode'] = _STRATEGIES.get(graph['strategy'], graph['strategy'])
        del graph['strategy']
    return dict(config, graph_cfg=graph)


def _stgcn(config: Config, key: str, report: Report) -> Config:
    config = _graph(config)
    if not config.pop('edge_importance_weighting', True):
        config['gcn_adaptive'] = None
    if config.get('in_channels') == 3:
        del config['in_channels']  # the default
    return config


def _agcn(config: Config, key: str, report: Report) -> Config:
    config = dict(_graph(config), gcn_attention=False)  # attention is what AAGCN adds to AGCN
    if config.get('in_channels') == 3:
        del config['in_channels']
    return config


def _gcn_head(config: Config, key: str, report: Report) -> Config:
    config = {name: value for name, value in config.items() if name not in ('num_person', 'spatial_type')}
    if config.get('loss_cls') == dict(type='CrossEntropyLoss'):
        del config['loss_cls']
    if 'init_std' in config:
        config['init_cfg'] = dict(type='Normal', layer='Linear', std=config.pop('init_std'))
    return config


_REWRITTEN: Mapping[str, Callable[[Config, str, Report], Config]] = MappingProxyType(
    {'STGCN': _stgcn, 'AGCN': _agcn, 'STGCNHead': _gcn_head}
)
