"""Pipelines: steps of 0.x to steps of 1.x, and the normalization that moved into the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from mmaction.compat.report import Report

Step = dict[str, Any]

_RENAMED = MappingProxyType({'Imgaug': 'ImgAug', 'MelLogSpectrogram': 'MelSpectrogram'})

# Steps that 1.x leaves to others: the data preprocessor normalizes, the packing step collects.
_COLLECTING = frozenset({'Collect', 'ToTensor', 'ToDataContainer', 'ImageToTensor', 'Rename'})

# Keys of Collect that the packing step takes without being told.
_INPUTS = frozenset({'imgs', 'img', 'keypoint', 'heatmap_imgs', 'audios', 'emb', 'text'})
_ANNOTATIONS = frozenset({'label', 'gt_bboxes', 'gt_labels', 'proposals', 'scores', 'entity_ids'})
_META = ('img_shape', 'img_key', 'video_id', 'timestamp')

_AUDIO = (
    'the audio track is decoded beforehand: write features with tools/data/build_audio_features.py, '
    'then use AudioDataset(suffix=".npy"), LoadAudioFeature and AudioFeatureSelector'
)
_SSN = 'SSN is not part of 1.x; BSN, BMN and TCANet are its successors for temporal localization'
_FOLLOW = 'boxes follow Resize, RandomCrop, Flip, ... themselves; remove it'

# Steps without a successor. They stay in the pipeline, so that building it fails where it is used.
NO_SUCCESSOR = MappingProxyType(
    {
        'AudioDecodeInit': _AUDIO,
        'AudioDecode': _AUDIO,
        'AudioAmplify': _AUDIO,
        'MelLogSpectrogram': _AUDIO,
        'MelSpectrogram': _AUDIO,
        'LoadAudio': _AUDIO,
        'SampleProposalFrames': _SSN,
        'LoadKineticsPose': 'PoseDecode with DecompressPose reads such annotation files',
    }
)

# Steps of early 0.x, which did what other steps do today.
_DROPPED = MappingProxyType(
    {f'EntityBox{what}': _FOLLOW for what in ('Rescale', 'Crop', 'Flip', 'Clip', 'Pad')}
    | {'GrayScale': 'decode with a gray-scale model instead'}
)

# Arguments that are gone, with the reason; None: they said what is always done.
_GONE = MappingProxyType(
    {
        ('FormatGCNInput', 'input_format'): None,
        ('SampleFrames', 'start_index'): 'set start_index of the data set',
        ('DenseSampleFrames', 'start_index'): 'set start_index of the data set',
        ('SampleAVAFrames', 'start_index'): 'set start_index of the data set',
        ('UniformSampleFrames', 'start_index'): 'set start_index of the data set',
        ('GeneratePoseTarget', 'sigma_type'): 'all targets are Gaussian',
        ('OpenCVInit', 'num_threads'): None,
        ('PyAVInit', 'num_threads'): None,
    }
)


@dataclass(frozen=True)
class Normalization:
    """What a pipeline did to pixel values and left to the model's data preprocessor in 1.x.

    Attributes:
        mean: of each channel.
        std: of each channel.
        to_rgb: reverse the order of three channels.
        format_shape: layout of the frames, ``'NCHW'`` or ``'NCTHW'``.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    to_rgb: bool = False
    format_shape: str = 'NCHW'

    def config(self) -> Step:
        """Build the data preprocessor's config."""
        config: Step = dict(
            type='ActionDataPreprocessor', mean=list(self.mean), std=list(self.std), format_shape=self.format_shape
        )
        if self.to_rgb:
            config['to_rgb'] = True
        return config


def normalization(steps: Sequence[Mapping[str, Any]]) -> Normalization | None:
    """Read the normalization off a 0.x pipeline; None where it has none.

    Flow of several frames stands in the channels of ``NCHW_Flow``, so the values repeat for each of them.
    """
    by_type = {step.get('type'): step for step in steps}
    normalize = by_type.get('Normalize')
    if normalize is None:
        return None
    layout = by_type.get('FormatShape', {}).get('input_format', 'NCHW')
    mean = tuple(normalize['mean'])
    std = tuple(normalize['std'])
    if layout == 'NCHW_Flow' and len(mean) == 2:
        frames = by_type.get('SampleFrames', by_type.get('DenseSampleFrames', {})).get('clip_len', 1)
        mean *= frames
        std *= frames
    layout = 'NCTHW' if layout.startswith('NCTHW') else 'NCHW'
    return Normalization(mean, std, bool(normalize.get('to_bgr', False)), layout)


def convert_pipeline(steps: Sequence[Any], key: str, report: Report) -> list[Any]:
    """Convert the steps of a pipeline; ``key`` is its place in the config, for the report."""
    steps = [_with_type(step) for step in steps]
    # 0.x laid heat maps out like frames; 1.x has a layout of their own.
    heatmaps = any(step.get('type') == 'GeneratePoseTarget' for step in steps)
    out: list[Any] = []
    for place, step in enumerate(steps):
        kind = step.get('type')
        where = f'{key}[{place}] {kind}'
        if kind == 'Normalize' or (kind in _COLLECTING and kind != 'Collect'):
            _check_collecting(step, where, report)
        elif kind == 'Collect':
            out.append(_packing(step, where, report))
        elif kind in _DROPPED:
            report.change(where, _DROPPED[kind])
        else:
            out.append(_convert_step(step, where, report, heatmaps))
    return out


def _with_type(step: Any) -> Any:
    return dict(step) if isinstance(step, Mapping) else dict(type=step)


def _check_collecting(step: Mapping[str, Any], where: str, report: Report) -> None:
    """Report a renaming that is not the usual one of detection."""
    mapping = step.get('mapping')
    if mapping and dict(mapping) != {'imgs': 'img'}:
        report.lose(where, f'mapping {dict(mapping)} has no successor: the packing step takes the original names')
    if step.get('adjust_magnitude'):
        report.lose(where, 'adjust_magnitude of optical flow has no successor')


def _packing(step: Mapping[str, Any], where: str, report: Report) -> Step:
    keys = list(step.get('keys', ()))
    meta = list(step.get('meta_keys', ()) or ())
    if step.get('meta_name') == 'video_meta' or {'raw_feature', 'bsp_feature'} & {*keys}:
        return dict(
            type='PackLocalizationInputs',
            keys=tuple(key for key in keys if key != 'raw_feature'),
            meta_keys=tuple(meta),
        )
    packing: Step = dict(type='PackActionInputs')
    further = tuple(key for key in keys if key not in _INPUTS | _ANNOTATIONS)
    if further:
        packing['algorithm_keys'] = further
        report.change(f'{where}.keys', f'{", ".join(further)} are in the data sample, not beside the inputs')
    meta = [key for key in meta if key not in (*_META, *_ANNOTATIONS)]
    if meta:
        packing['meta_keys'] = (*_META, *meta)
    return packing


def _convert_step(step: Step, where: str, report: Report, heatmaps: bool) -> Step:
    kind = str(step.get('type'))
    if kind in NO_SUCCESSOR:
        report.lose(where, NO_SUCCESSOR[kind])
        return step
    for prefix, wrapper in (('torchvision.', 'TorchVisionWrapper'), ('pytorchvideo.', 'PytorchVideoWrapper')):
        if kind.startswith(prefix):
            return dict(step, type=wrapper, op=kind.removeprefix(prefix))
    step = dict(step, type=_RENAMED.get(kind, kind))
    for (owner, name), reason in _GONE.items():
        if owner == step['type'] and name in step:
            step.pop(name)
            if reason is not None:
                report.change(f'{where}.{name}', reason)
    rewrite = _REWRITTEN.get(step['type'])
    return rewrite(step, heatmaps) if rewrite else step


def _format_shape(step: Step, heatmaps: bool) -> Step:
    layout = step.get('input_format', 'NCHW')
    if heatmaps and layout == 'NCTHW':
        layout = 'NCTHW_Heatmap'
    elif layout == 'NCHW_Flow':
        layout = 'NCHW'  # which tells optical flow by its two channels
    return dict(step, input_format=layout)


def _joint_to_bone(step: Step, heatmaps: bool) -> Step:
    names = {'ntu-rgb+d': 'nturgb+d', 'ntu_edge': 'nturgb+d', 'coco': 'coco', 'openpose-18': 'openpose'}
    if 'dataset' not in step:
        return step
    return dict(step, dataset=names.get(step['dataset'], step['dataset']))


_REWRITTEN: Mapping[str, Callable[[Step, bool], Step]] = MappingProxyType(
    {'FormatShape': _format_shape, 'JointToBone': _joint_to_bone}
)

# Steps that 1.x lacks and this package keeps for 0.x configs, in mmaction.compat.transforms.
KEPT = frozenset({'PaddingWithLoop', 'PoseNormalize'})
