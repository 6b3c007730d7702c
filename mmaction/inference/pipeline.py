"""The test pipeline of a config, adapted to the input at hand."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from mmengine.config import Config
from mmengine.dataset import Compose
from torch import nn

from mmaction.datasets.faults import explain_missing_entry
from mmaction.datasets.transforms.contract import (
    Step,
    check_pipeline,
    flatten,
    medium_of,
    opens_video,
    reads_of,
    role_of,
    step_name,
)
from mmaction.inference.audio import describe_audio
from mmaction.registry import TRANSFORMS
from mmaction.video import FrameNaming, Kind, VideoInput, describe_input, is_url

_DECODER_OF: dict[Kind, str] = {
    'video': 'mmaction.DecordDecode',
    'rawframes': 'mmaction.RawFrameDecode',
    'array': 'mmaction.ArrayDecode',
}


def built_step(step: Step) -> Any:
    """Build a step of its config. Not left to Compose, which looks names up in the default scope only."""
    return TRANSFORMS.build(step) if isinstance(step, Mapping) else step


def adapt_steps(steps: Sequence[Step], kind: Kind) -> list[Step]:
    """Exchange the steps that open and decode videos for those of another kind of input.

    A pipeline without a step that declares to decode frames, as one of a user's own steps, comes back as it is.

    Args:
        steps: configs of transforms, or transforms.
        kind: of the input.
    """
    steps = list(flatten(steps))
    media = [medium_of(step) for step in steps]
    if kind == 'other' or all(medium in (None, kind) for medium in media):
        return steps
    adapted: list[Step] = []
    if kind == 'video':
        adapted.append(dict(type='mmaction.DecordInit'))
    for step, medium in zip(steps, media):
        if medium is not None:
            adapted.append(dict(type=_DECODER_OF[kind]))
        elif not opens_video(step):
            adapted.append(step)
    return adapted


class InferencePipeline:
    """A test pipeline for any form of video, or of audio where it starts from audio features.

    Args:
        steps: configs of transforms, or transforms.
        naming: naming scheme of the frames in folders.
    """

    def __init__(self, steps: Sequence[Step], naming: FrameNaming = FrameNaming()) -> None:
        self.steps = list(steps)
        self.naming = naming
        self._is_audio = any('audio_path' in reads_of(step) for step in flatten(self.steps))
        self._composed: dict[Kind, Compose] = {}

    def __call__(self, video: VideoInput) -> dict[str, Any]:
        """The output of the last step for an input.

        Raises:
            ValueError: the pipeline cannot take such an input, or drops it. Also raises the errors of
                :func:`describe_input` and of the steps.
        """
        kind, record = self._describe(video)
        if kind not in self._composed:
            self._composed[kind] = Compose(adapt_steps(self.steps, kind))
        composed = self._composed[kind]
        keys = {*record}  # the steps change the record
        try:
            data = composed(record)
        except KeyError as error:
            raise self._unfit(composed, kind, keys, error) from error
        if data is None:
            raise ValueError(f'A step of the test pipeline ({_names(self.steps)}) drops this input: {_short(record)}.')
        return data

    def _describe(self, video: VideoInput) -> tuple[Kind, dict[str, Any]]:
        if self._is_audio:
            return 'other', describe_audio(video)
        kind, record = describe_input(video, self.naming)
        if kind == 'video' and record['modality'] != self.naming.modality and not isinstance(video, Mapping):
            raise ValueError(
                f'{record["filename"]} is a video, but the pipeline is for {self.naming.modality}: give the folder of '
                'its optical flow images, or an array (T, H, W, 2).'
            )
        return kind, record

    def _unfit(self, composed: Compose, kind: Kind, keys: set[str], error: KeyError) -> Exception:
        """The reason why a key is missing, as far as the declarations of the steps give it away."""
        if any(medium_of(step) for step in composed.transforms):
            explained = explain_missing_entry(error, composed.transforms)
            return error if explained is None else ValueError(explained)
        try:
            check_pipeline(composed.transforms, keys, f'an input of the kind {kind!r}')
        except ValueError as reason:
            return reason
        return ValueError(
            f'The test pipeline ({_names(self.steps)}) reads {error}, which an input of the kind {kind!r} does not '
            'have. It has no step that declares to decode frames and could be exchanged; pass test_pipeline, or a dict '
            'with the keys that it reads.'
        )


def _names(steps: Sequence[Step]) -> str:
    return ', '.join(step_name(step) for step in flatten(steps))


def _short(record: Mapping[str, Any]) -> str:
    return str(record.get('filename') or record.get('frame_dir') or record.get('audio_path') or sorted(record))


def check_takes_videos(cfg: Mapping[str, Any]) -> None:
    """Check that the test pipeline of a config starts from videos or audio.

    Raises:
        ValueError: it starts from something else, as the skeletons of a ``PoseDataset``.
    """
    steps = list(flatten(config_steps(cfg, loader_first=True)))
    if any(medium_of(step) or role_of(step) is None or 'audio_path' in reads_of(step) for step in steps):
        return
    data = 'skeletons' if any('keypoint' in reads_of(step) for step in steps) else 'records'
    dataset = next((str(dataset['type']) for dataset in evaluation_datasets(cfg) if 'type' in dataset), 'the dataset')
    raise ValueError(
        f'The test pipeline ({_names(steps)}) starts from the {data} of {dataset}, not from videos. For their '
        "features, test with cls_head=dict(type='FeatureHead', _delete_=True) in the model and "
        "test_evaluator=dict(type='DumpResults', out_file_path=...)."
    )


# --- of a config ----------------------------------------------------------------------------------------------------
def evaluation_datasets(cfg: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Configs of the datasets to test on, then of those to validate on, out of their wrappers."""
    for name in ('test_dataloader', 'val_dataloader'):
        pending = [(cfg.get(name) or {}).get('dataset')]
        while pending:
            dataset = pending.pop(0)
            if isinstance(dataset, Mapping):
                yield dataset
                pending += [dataset.get('dataset'), *(dataset.get('datasets') or ())]


def config_steps(cfg: Mapping[str, Any], loader_first: bool = False) -> list[Step]:
    """The test pipeline of a config.

    Args:
        cfg: the config.
        loader_first: take the pipeline of ``test_dataloader`` before ``test_pipeline``; the two differ where one of
            them was edited.

    Raises:
        ValueError: it has neither, nor a ``val_dataloader`` with a pipeline.
    """
    in_loaders = [dataset['pipeline'] for dataset in evaluation_datasets(cfg) if dataset.get('pipeline')]
    named = [cfg['test_pipeline']] if cfg.get('test_pipeline') else []
    found = [*in_loaders, *named] if loader_first else [*named, *in_loaders]
    if not found:
        raise ValueError(
            'The config has neither test_pipeline nor a test_dataloader whose dataset has a pipeline. Add one of them, '
            'or give test_pipeline.'
        )
    return list(found[0])


def config_naming(cfg: Mapping[str, Any]) -> FrameNaming:
    """How the datasets of a config name their frames."""
    datasets = evaluation_datasets(cfg)
    known = next((dataset for dataset in datasets if {'filename_tmpl', 'modality'} & {*dataset}), {})
    return FrameNaming(known.get('filename_tmpl', FrameNaming.filename_tmpl), known.get('modality', 'RGB'))


def in_data_prefix(video: VideoInput, cfg: Mapping[str, Any]) -> VideoInput:
    """Find a relative path below the ``data_root`` and ``data_prefix`` of the evaluation datasets of a config.

    Returns:
        The path there, if it exists there and not as given; else the input itself.
    """
    if not isinstance(video, str | os.PathLike) or is_url(os.fspath(video)) or os.path.exists(video):
        return video
    for dataset in evaluation_datasets(cfg):
        for prefix in _folders_of(dataset.get('data_prefix')):
            path = os.path.join(dataset.get('data_root') or '', prefix, video)
            if os.path.exists(path):
                return path
    return video


def _folders_of(data_prefix: Mapping[str, Any] | str | None) -> list[str]:
    if isinstance(data_prefix, str):
        return [data_prefix]
    return [prefix or '' for prefix in (data_prefix or {}).values()]


def config_of(model: nn.Module) -> Config:
    """The config that a model was built from.

    Raises:
        ValueError: it has none.
    """
    cfg = getattr(model, 'cfg', None)
    if not isinstance(cfg, Config | Mapping):
        raise ValueError('The model has no cfg. Build it with init_recognizer, or pass test_pipeline.')
    return cfg


# pipelines that were built for a model, beside the steps they were built of
_built: WeakKeyDictionary[nn.Module, tuple[list[Step], FrameNaming, InferencePipeline]] = WeakKeyDictionary()


def pipeline_of(model: nn.Module) -> InferencePipeline:
    """The pipeline of ``model.cfg``, built once; anew where the config was changed since."""
    cfg = config_of(model)
    steps = config_steps(cfg)
    naming = config_naming(cfg)
    known = _built.get(model)
    if known is None or known[:2] != (steps, naming):
        known = (copy.deepcopy(steps), naming, InferencePipeline(steps, naming))
        _built[model] = known
    return known[2]
