"""Calls written for MMAction2 1.2.0 are understood: order, names and defaults of the arguments of its public names.

Source: signatures of its public classes and functions, ``golden/signatures_1x.txt``: module, name, arguments.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from inspect import Parameter

import numpy as np
import pytest

# What users import most, by the number of public repositories that do.
MOST_USED = {
    'mmaction.registry': 'TRANSFORMS MODELS DATASETS METRICS RUNNERS HOOKS VISUALIZERS VISBACKENDS LOOPS '
    'OPTIM_WRAPPER_CONSTRUCTORS',
    'mmaction.utils': 'ConfigType OptConfigType SampleList OptSampleList ForwardResults LabelList InstanceList '
    'OptInstanceList MultiConfig OptMultiConfig SamplingResult get_random_string get_shm_dir get_thread_id '
    'register_all_modules frame_extract get_str_type GradCAM',
    'mmaction.evaluation': 'top_k_accuracy mean_average_precision mean_class_accuracy mmit_mean_average_precision '
    'get_weighted_score ConfusionMatrix AccMetric',
    'mmaction.evaluation.functional': 'confusion_matrix',
    'mmaction.structures': 'ActionDataSample',
    'mmaction.datasets.base': 'BaseActionDataset',
    'mmaction.datasets': 'DecordInit DecordDecode VideoDataset PoseDataset',
    'mmaction.datasets.transforms': 'SampleFrames RandomCrop GeneratePoseTarget PoseDecode DecordInit DecordDecode',
    'mmaction.apis': 'init_recognizer inference_recognizer detection_inference pose_inference MMAction2Inferencer',
    'mmaction.models.heads.base': 'BaseHead AvgConsensus',
    'mmaction.models.recognizers.base': 'BaseRecognizer',
    'mmaction.models.losses.base': 'BaseWeightedLoss',
    'mmaction.models': 'MODELS Recognizer2D Recognizer3D ResNet ResNetTSM ResNet3d MViT MViTHead '
    'ActionDataPreprocessor',
    'mmaction.models.backbones.resnet3d_slowfast': 'ResNet3dPathway',
    'mmaction.models.utils': 'Graph unit_tcn unit_gcn',
    'mmaction.testing': 'generate_backbone_demo_inputs',
    'mmaction.visualization': 'ActionVisualizer',
}

# Arguments that differ on purpose.
ACCEPTED = {
    # entries that state the default of the pathway are left out
    'mmaction.models.backbones.ResNet3dSlowFast': ('slow_pathway', 'fast_pathway'),
    'mmaction.models.backbones.RGBPoseConv3D': ('rgb_pathway', 'pose_pathway'),
    # None is replaced by their values
    'mmaction.models.heads.TSMHead': ('dropout_ratio', 'init_std'),
    # reaches the classifier alone, not the linear layers of a subclass
    'mmaction.models.heads.UniFormerHead': ('init_cfg',),
}


@pytest.fixture(scope='module')
def recorded(golden_dir) -> list[tuple[str, str, str]]:
    """Module, name and arguments."""
    lines = (golden_dir / 'signatures_1x.txt').read_text(encoding='utf-8').splitlines()
    return [tuple(line.split(' ', 2)) for line in lines]


def find(module: str, name: str):
    """The object of a name, None if this version lacks it."""
    try:
        return getattr(import_module(module), name, None)
    except ImportError:
        return None


def parameters(arguments: str) -> dict[str, Parameter]:
    """Parameters of ``(a, b=1)``."""
    return dict(inspect.signature(eval(f'lambda {arguments[1:-1]}: None', {'np': np})).parameters)


def plain(value):
    """A default in a form that compares: tuples and lists are the same."""
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value.tolist() if isinstance(value, np.ndarray) else value


def differences(theirs: dict[str, Parameter], ours: dict[str, Parameter]) -> list[str]:
    """Arguments of theirs that ours does not take in the same way."""
    takes_any = any(p.kind is Parameter.VAR_KEYWORD for p in ours.values())
    takes_more = any(p.kind is Parameter.VAR_POSITIONAL for p in ours.values())
    order = [name for name, p in ours.items() if p.kind is Parameter.POSITIONAL_OR_KEYWORD]
    found = []
    for place, (name, parameter) in enumerate(theirs.items()):
        if parameter.kind in (Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL):
            continue
        if name not in ours:
            if not takes_any:
                found.append(f'{name} is gone')
            continue
        if not takes_more and order[place : place + 1] != [name]:
            found.append(f'{name} is not argument {place + 1}')
        optional = parameter.default is Parameter.empty  # then ours may have a default
        if not optional and plain(ours[name].default) != plain(parameter.default):
            found.append(f'{name}={ours[name].default!r}, not {parameter.default!r}')
    required = [name for name, p in ours.items() if p.default is Parameter.empty and p.kind < Parameter.VAR_POSITIONAL]
    found += [f'{name} is required' for name in required if name not in theirs]
    return found


def test_differences_are_found():
    theirs = parameters('(a, b=1, c=(1, 2), **kwargs)')
    assert differences(theirs, parameters('(a, b=1, c=[1, 2], d=0)')) == []
    assert differences(theirs, parameters('(a, c=(1, 2), b=2, *, d)')) == [
        'b is not argument 2',
        'b=2, not 1',
        'c is not argument 3',
    ]
    assert differences(theirs, parameters('(x, a, b=1)')) == [
        'a is not argument 1',
        'b is not argument 2',
        'c is gone',
        'x is required',
    ]


def test_names_that_are_used_most():
    gone = [
        f'{module}.{name}'
        for module, names in MOST_USED.items()
        for name in names.split()
        if find(module, name) is None
    ]
    assert gone == []


def test_signatures(recorded):
    found = {}
    checked = 0
    for module, name, arguments in recorded:
        ours = find(module, name)
        if ours is None:
            continue
        checked += 1
        full = f'{module}.{name}'
        theirs = parameters(arguments)
        mine = dict(inspect.signature(ours).parameters)
        for accepted in ACCEPTED.get(full, ()):
            theirs[accepted] = theirs[accepted].replace(default=mine[accepted].default)
        if different := differences(theirs, mine):
            found[full] = different
    assert found == {}
    assert checked >= 195
