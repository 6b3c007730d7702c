"""Registries of the package: children of mmengine's, with the scope ``mmaction``.

A registry imports the sub-packages that fill it on first use, so importing this module stays cheap. Registering a name
twice raises; the error for an unknown name suggests similar ones. Names that MMAction2 1.x does not have are its users'
to give: a class of theirs replaces ours, with a warning.
"""

from __future__ import annotations

import datetime
import difflib
import importlib.util
import warnings
from typing import Any

from mmengine import registry as _root
from mmengine.registry import DefaultScope
from mmengine.registry import Registry as _Registry

from mmaction.utils.mmengine_fixes import alias_scope

_SCOPE = 'mmaction'
_MMDET = 'mmdet'

# What this package registers beyond MMAction2 1.x, whose projects and users have classes of these names.
ADDED = frozenset(
    {
        'ACRNHead',
        'ASFormer',
        'AVARoIHead',
        'ActionFormer',
        'ActionTubeDataset',
        'AmpOptimWrapper',
        'AttentiveHead',
        'AutoDecode',
        'AutoInit',
        'BBoxHeadAVA',
        'BNInception',
        'CLIPImageEncoder',
        'CTRGCN',
        'CheckpointHook',
        'ClassBalanceHook',
        'ClassifierHead',
        'DetectionInferencer',
        'DistSamplerSeedHook',
        'FBOHead',
        'FastRCNN',
        'FrameEncoder',
        'FrameLabelDataset',
        'FrameLabelsOnFeatureGrid',
        'HFVideoBackbone',
        'HFVideoRecognizer',
        'InternVideo2',
        'LFBInferHead',
        'LimitToSegment',
        'LinearSegmentor',
        'LogProcessor',
        'LoggerHook',
        'LogitsHead',
        'MSG3D',
        'MSTCN++',
        'MSTCNPP',
        'MaxIoUAssigner',
        'MaxIoUAssignerAVA',
        'OptimWrapper',
        'PackSegmentationInputs',
        'RandomFeatureCrop',
        'RandomPoseAffine',
        'RandomSampler',
        'RuntimeInfoHook',
        'SegmentDataset',
        'SegmentationMetric',
        'SegmentsOnFeatureGrid',
        'SingleRoIExtractor3D',
        'StandardRoIHead',
        'TorchCodecDecode',
        'TorchCodecInit',
        'VJEPA2',
        'VideoClassifier',
        'VideoMAEPretrain',
        'ZeroShotHead',
        'action-detection',
    }
)


class Registry(_Registry):
    """Registry that fills itself on first use and suggests similar names for a misspelled one."""

    @property
    def module_dict(self) -> dict[str, type]:
        self.import_from_location()
        modules: dict[str, type] = self._module_dict
        return modules

    def __len__(self) -> int:
        return len(self.module_dict)

    def _register_module(self, module: Any, module_name: str | list[str] | None = None, force: bool = False) -> None:
        names = [module_name] if isinstance(module_name, str) else module_name
        for name in names or [module.__name__]:
            held = self._module_dict.get(name)
            if name in ADDED and held is not None and _is_ours(held) != _is_ours(module):
                if _is_ours(module):  # the user's class came first, and stays
                    continue
                warnings.warn(
                    f'{name} of {module.__module__} replaces the class of that name of mmaction in this process.',
                    stacklevel=3,
                )
                super()._register_module(module, name, force=True)
            else:
                super()._register_module(module, name, force)

    def build(self, cfg: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().build(cfg, *args, **kwargs)
        except KeyError as error:
            hint = self._suggest(cfg)
            if hint is None:
                raise
            raise KeyError(hint) from error

    def _suggest(self, cfg: Any) -> str | None:
        """Message for an unregistered type, or None if the error has another cause."""
        name = cfg.get('type') if hasattr(cfg, 'get') else None
        if not isinstance(name, str) or '.' in name or self.get(name) is not None:
            return None
        known = {*self.module_dict, *(self.parent.module_dict if self.parent is not None else ())}
        close = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
        hint = f' Did you mean {" or ".join(close)}?' if close else ''
        return (
            f'{name} is not in the {self.scope}::{self.name} registry.{hint} A class of your own must be imported '
            'before it is built: name its module in custom_imports of the config.'
        )


def _is_ours(module: Any) -> bool:
    return str(module.__module__).split('.', 1)[0] == _SCOPE


def _child(name: str, location: str, parent: str | None = None) -> Registry:
    """A registry that imports ``mmaction.<location>`` on first use, below the one of mmengine of the same name."""
    root = getattr(_root, parent or name, None)
    return Registry(name.lower(), parent=root, scope=_SCOPE, locations=[f'{_SCOPE}.{location}'])


RUNNERS = _child('RUNNERS', 'engine')
RUNNER_CONSTRUCTORS = _child('RUNNER_CONSTRUCTORS', 'engine')
LOOPS = _child('LOOPS', 'engine')
HOOKS = _child('HOOKS', 'engine')
LOG_PROCESSORS = _child('LOG_PROCESSORS', 'engine')
OPTIMIZERS = _child('OPTIMIZERS', 'engine')
OPTIM_WRAPPERS = _child('OPTIM_WRAPPERS', 'engine')
OPTIM_WRAPPER_CONSTRUCTORS = _child('OPTIM_WRAPPER_CONSTRUCTORS', 'engine')
PARAM_SCHEDULERS = _child('PARAM_SCHEDULERS', 'engine')
WEIGHT_INITIALIZERS = _child('WEIGHT_INITIALIZERS', 'engine')
DATASETS = _child('DATASETS', 'datasets')
DATA_SAMPLERS = _child('DATA_SAMPLERS', 'datasets')
TRANSFORMS = _child('TRANSFORMS', 'datasets.transforms')
MODELS = _child('MODELS', 'models')
MODEL_WRAPPERS = _child('MODEL_WRAPPERS', 'models')
TASK_UTILS = _child('TASK_UTILS', 'models')
TOKENIZER = _child('TOKENIZER', 'models')  # mmengine has none
METRICS = _child('METRICS', 'evaluation')
EVALUATOR = _child('EVALUATOR', 'evaluation')
VISUALIZERS = _child('VISUALIZERS', 'visualization')
VISBACKENDS = _child('VISBACKENDS', 'visualization')
INFERENCERS = _child('INFERENCERS', 'apis.inferencers')
FUNCTION = _child('FUNCTION', 'datasets', parent='FUNCTIONS')


class _StandIn(_Registry):
    """Registry under the scope of a package that is not installed, which finds the classes of another registry."""

    def __init__(self, scope: str, ours: Registry) -> None:
        super().__init__(f'{scope} {ours.name}', parent=ours.parent, scope=scope)
        self._ours = ours

    def get(self, key: str) -> Any:
        return self._ours.get(key)


def stand_in_for_mmdet() -> None:
    """Find ``mmdet.X`` and all names under ``_scope_ = 'mmdet'`` in our registries.

    Configs of action detectors name parts of MMDetection, which this package has itself.
    """
    for registry in (MODELS, TASK_UTILS):
        if registry.parent is not None and _MMDET not in registry.parent.children:
            _StandIn(_MMDET, registry)
    alias_scope(_MMDET, _SCOPE)


if importlib.util.find_spec(_MMDET) is None:
    stand_in_for_mmdet()


def register_all_modules(init_default_scope: bool = True) -> None:
    """Make every module of the package available to the registries.

    Registries import their modules on first use, so all that is left to do here is to set the default scope.

    Args:
        init_default_scope: look names up in the scope ``mmaction`` first from now on. Pass False to keep another
            package's scope as the default.
    """
    if not init_default_scope:
        return
    current = DefaultScope.get_current_instance()
    if current is None:
        DefaultScope.get_instance(_SCOPE, scope_name=_SCOPE)
    elif current.scope_name != _SCOPE:
        warnings.warn(
            f'The default scope was {current.scope_name!r} and is now {_SCOPE!r}. Call '
            'register_all_modules(init_default_scope=False) to keep it.',
            stacklevel=2,
        )
        DefaultScope.get_instance(f'{_SCOPE}-{datetime.datetime.now().isoformat()}', scope_name=_SCOPE)


__all__ = [
    'Registry',
    'register_all_modules',
    'stand_in_for_mmdet',
    *(name for name in dir() if isinstance(globals()[name], Registry)),
]
