"""Weights that other codebases trained on videos, into the 3D ResNets."""

from __future__ import annotations

from torch import nn

from mmaction.models.backbones import _weights
from mmaction.models.backbones._rename import RenameTable, translate

_NORM = r'(weight|bias|running_mean|running_var|num_batches_tracked)'

# torchvision.models.video: r3d_18 is ResNet3d(18, with_pool1=False, with_pool2=False, temporal_strides=(1, 2, 2, 2)),
# mc3_18 is ResNet3d(18, with_pool1=False, with_pool2=False, inflate=(1, 0, 0, 0)). Not r2plus1d_18: both convolutions
# of its blocks have the middle channels of the first one, and its stem and shortcuts are others than ours.
TORCHVISION_3D = RenameTable(
    source="torchvision's r3d_18 and mc3_18",
    mark=r'^stem\.0\.weight$',
    rules=(
        (r'stem\.0\.weight', r'conv1.conv.weight'),
        (rf'stem\.1\.{_NORM}', r'conv1.bn.\1'),
        (r'layer(\d)\.(\d+)\.conv(\d)\.0\.weight', r'layer\1.\2.conv\3.conv.weight'),
        (rf'layer(\d)\.(\d+)\.conv(\d)\.1\.{_NORM}', r'layer\1.\2.conv\3.bn.\4'),
        (r'layer(\d)\.0\.downsample\.0\.weight', r'layer\1.0.downsample.conv.weight'),
        (rf'layer(\d)\.0\.downsample\.1\.{_NORM}', r'layer\1.0.downsample.bn.\2'),
        (r'fc\.(weight|bias)', None),
    ),
)


def _pathway(number: int, prefix: str) -> tuple[tuple[str, str], ...]:
    """Rules for pathway ``number`` of PySlowFast, whose stages 2..5 are our layers 1..4."""
    rules = [(rf's1\.pathway{number}_stem\.(conv\.weight|bn\.\w+)', rf'{prefix}conv1.\1')]
    for stage in range(2, 6):
        theirs, ours = rf's{stage}\.pathway{number}_res(\d+)\.', rf'{prefix}layer{stage - 1}.\1.'
        rules += [
            (rf'{theirs}branch1\.weight', rf'{ours}downsample.conv.weight'),
            (rf'{theirs}branch1_bn\.{_NORM}', rf'{ours}downsample.bn.\2'),
        ]
        for letter, conv in zip('abc', ('conv1', 'conv2', 'conv3')):
            rules += [
                (rf'{theirs}branch2\.{letter}\.weight', rf'{ours}{conv}.conv.weight'),
                (rf'{theirs}branch2\.{letter}_bn\.{_NORM}', rf'{ours}{conv}.bn.\2'),
            ]
    return tuple(rules)


def _fusions() -> tuple[tuple[str, str], ...]:
    """Rules for the lateral connections of PySlowFast, one behind the stem and each stage but the last."""
    rules = []
    for stage, name in enumerate(('conv1', 'layer1', 'layer2', 'layer3'), start=1):
        rules += [
            (rf's{stage}_fuse\.conv_f2s\.weight', f'slow_path.{name}_lateral.conv.weight'),
            (rf's{stage}_fuse\.bn\.{_NORM}', rf'slow_path.{name}_lateral.bn.\1'),
        ]
    return tuple(rules)


_HEAD = ((r'head\.projection\.(weight|bias)', None),)

# one pathway of bottlenecks without non-local blocks: C2D, I3D and Slow
PYSLOWFAST_SINGLE = RenameTable(
    source="PySlowFast's nets of one pathway",
    mark=r'^s1\.pathway0_stem\.',
    rules=(*_pathway(0, ''), *_HEAD),
)
# both pathways of bottlenecks; its lateral connections are normalised: lateral_norm=True in the slow pathway
PYSLOWFAST = RenameTable(
    source="PySlowFast's SlowFast",
    mark=r'^s1\.pathway1_stem\.',
    rules=(*_pathway(0, 'slow_path.'), *_pathway(1, 'fast_path.'), *_fusions(), *_HEAD),
)


def load_video_weights(module: nn.Module, source: str, tables: tuple[RenameTable, ...]) -> None:
    """Load 3D weights: ours, of which the log tells what was not used, or all of a net that one of ``tables`` knows.

    Raises:
        ValueError: a net of another codebase has entries that ``module`` lacks, or lacks some; it names them.
    """
    from mmaction.engine.checkpoint import load_weights

    state = load_weights(source, map_location='cpu')
    if any(table.fits(state) for table in tables):
        state = translate(state, tables)
        wanted = {name for name in module.state_dict() if not name.endswith('num_batches_tracked')}
        given = {name for name in state if not name.endswith('num_batches_tracked')}
        if given != wanted:
            raise ValueError(
                f'The weights {source} are of another {type(module).__name__}: '
                f'it has no {_names(given - wanted)}, they have no {_names(wanted - given)}.'
            )
    _weights.load_into(module, source, state=state)


def _names(names: set[str]) -> str:
    few = sorted(names)[:4]
    more = f' and {len(names) - 4} more' if len(names) > 4 else ''
    return (', '.join(few) or 'other entry') + more
