"""The test pipeline of a config, brought to the kind of input that is given."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from mmengine.dataset import Compose
from torch import nn

from mmaction.inference.audio import describe_sound
from mmaction.video import FrameNaming, Kind, VideoInput, describe_input

Step = Mapping[str, Any] | Callable[[dict], dict | None]

_BACKENDS = ('Auto', 'Decord', 'OpenCV', 'PIMS', 'PyAV', 'TorchCodec')
_OPENS = frozenset(f'{name}Init' for name in _BACKENDS)
_DECODES = {
    **{f'{name}Decode': 'video' for name in _BACKENDS},
    'RawFrameDecode': 'rawframes',
    'ArrayDecode': 'array',
}
_DECODER_OF: dict[str, str] = {
    'video': 'mmaction.DecordDecode',
    'rawframes': 'mmaction.RawFrameDecode',
    'array': 'mmaction.ArrayDecode',
}


def step_name(step: Step) -> str:
    """Name of the class of a step, given as config or as object, without the scope."""
    kind = step.get('type') if isinstance(step, Mapping) else step if hasattr(step, '__name__') else type(step)
    return kind.rsplit('.', 1)[-1] if isinstance(kind, str) else getattr(kind, '__name__', str(kind))


def adapt_steps(steps: Sequence[Step], kind: Kind) -> list[Step]:
    """Exchange the steps that read frames for those of another kind of input; all else stays.

    Pipelines without a decoding step of ours, as those of a user's own steps, come back as they are.

    Args:
        steps: configs of transforms, or transforms.
        kind: of the input.
    """
    reads = [_DECODES.get(step_name(step)) for step in steps]
    if kind == 'other' or all(read in (None, kind) for read in reads):
        return list(steps)
    adapted: list[Step] = [] if kind != 'video' else [dict(type='mmaction.DecordInit')]
    for step, read in zip(steps, reads):
        if step_name(step) not in _OPENS:
            adapted.append(step if read is None else dict(type=_DECODER_OF[kind]))
    return adapted


class InferencePipeline:
    """A test pipeline that takes whatever names or holds a video, or a sound where it begins with features of sounds.

    Args:
        steps: configs of transforms, or transforms.
        naming: how frames in folders are named.
    """

    def __init__(self, steps: Sequence[Step], naming: FrameNaming = FrameNaming()) -> None:
        self.steps = list(steps)
        self.naming = naming
        self._hears = any(step_name(step) == 'LoadAudioFeature' for step in self.steps)
        self._composed: dict[Kind, Compose] = {}

    def __call__(self, video: VideoInput) -> dict[str, Any]:
        """What the last step packs.

        Raises:
            ValueError: the pipeline cannot take such an input. And what :func:`describe_input` and the steps raise.
        """
        kind, record = ('other', describe_sound(video)) if self._hears else describe_input(video, self.naming)
        if kind == 'video' and record['modality'] != self.naming.modality and not isinstance(video, Mapping):
            raise ValueError(
                f'{record["filename"]} is a video, but the pipeline is for {self.naming.modality}: give the folder of '
                'its flow pictures, or an array (T, H, W, 2).'
            )
        if kind not in self._composed:
            self._composed[kind] = Compose(adapt_steps(self.steps, kind))
        try:
            data = self._composed[kind](record)
        except KeyError as error:
            raise self._unfit(kind, error) from error
        if data is None:
            raise ValueError(f'A step of the test pipeline ({self._names()}) drops this input: {_short(record)}.')
        return data

    def _names(self) -> str:
        return ', '.join(map(step_name, self.steps))

    def _unfit(self, kind: Kind, error: KeyError) -> Exception:
        if any(step_name(step) in _DECODES for step in self.steps):
            return error
        return ValueError(
            f'The test pipeline ({self._names()}) asks for {error}, which an input of the kind {kind!r} has not. '
            'It has no decoding step that is known and could be exchanged; give test_pipeline, or a dict with what it '
            'needs.'
        )


def _short(record: Mapping[str, Any]) -> str:
    return str(record.get('filename') or record.get('frame_dir') or record.get('audio_path') or sorted(record))


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


# pipelines that were built for a model, beside the steps they were built of
_built: WeakKeyDictionary[nn.Module, tuple[list[Step], FrameNaming, InferencePipeline]] = WeakKeyDictionary()


def pipeline_of(model: nn.Module) -> InferencePipeline:
    """The pipeline of ``model.cfg``, built once; anew where the config was changed since."""
    steps, naming = config_steps(model.cfg), config_naming(model.cfg)
    known = _built.get(model)
    if known is None or known[:2] != (steps, naming):
        known = (copy.deepcopy(steps), naming, InferencePipeline(steps, naming))
        _built[model] = known
    return known[2]
