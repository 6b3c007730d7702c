"""Tables of the 3D ResNets of PySlowFast and of PyTorchVideo's hub, which names its entries likewise."""

from __future__ import annotations

import torch

from mmaction.weights.rename import NORM, RenameTable, Rule, Rules, State

_CONVS = tuple(zip('abc', ('conv1', 'conv2', 'conv3')))


def _pathway(number: int, prefix: str) -> Rules:
    """Rules for pathway ``number``, whose stages 2..5 are our layers 1..4."""
    rules: list[Rule] = [(rf's1\.pathway{number}_stem\.(conv\.weight|bn\.\w+)', rf'{prefix}conv1.\1')]
    for stage in range(2, 6):
        theirs, ours = rf's{stage}\.pathway{number}_res(\d+)\.', rf'{prefix}layer{stage - 1}.\1.'
        rules += _block(theirs, ours, 'branch1', 'branch1_bn', 'branch2.{}', 'branch2.{}_bn')
        rules += [(rf'{theirs}branch2\.se\.(fc[12])\.(weight|bias)', rf'{ours}se_module.\2.\3')]
        theirs = rf's{stage}\.pathway{number}_nonlocal(\d+)\.'
        ours = rf'{prefix}layer{stage - 1}.\1.non_local_block.'
        rules += [
            (rf'{theirs}conv_(theta|phi|g)\.(weight|bias)', rf'{ours}\2.conv.\3'),
            (rf'{theirs}conv_out\.(weight|bias)', rf'{ours}conv_out.conv.\2'),
            (rf'{theirs}bn\.{NORM}', rf'{ours}conv_out.bn.\2'),
        ]
    return tuple(rules)


def _block(theirs: str, ours: str, shortcut: str, shortcut_norm: str, conv: str, norm: str) -> Rules:
    rules = [
        (rf'{theirs}{shortcut}\.weight', rf'{ours}downsample.conv.weight'),
        (rf'{theirs}{shortcut_norm}\.{NORM}', rf'{ours}downsample.bn.\2'),
    ]
    for letter, name in _CONVS:
        rules += [
            (rf'{theirs}{conv.format(letter)}\.weight', rf'{ours}{name}.conv.weight'),
            (rf'{theirs}{norm.format(letter)}\.{NORM}', rf'{ours}{name}.bn.\2'),
        ]
    return tuple(rules)


def _fusions(theirs: str, conv: str, norm: str, first: int) -> Rules:
    """Rules for the lateral connections, one after the stem and after each stage but the last."""
    rules = []
    for stage, name in enumerate(('conv1', 'layer1', 'layer2', 'layer3'), start=first):
        place = theirs.format(stage)
        rules += [
            (rf'{place}\.{conv}\.weight', f'slow_path.{name}_lateral.conv.weight'),
            (rf'{place}\.{norm}\.{NORM}', rf'slow_path.{name}_lateral.bn.\1'),
        ]
    return tuple(rules)


_HEAD = (r'head\.projection\.(weight|bias)', r'cls_head.fc_cls.\1')


def fold_output_bias(state: State) -> State:
    """Subtract the bias before the norm of a non-local block, which ours lack, from the mean of the norm.

    PySlowFast pools a non-local block's input before it projects it; ours do so with ``pool_input=True``.
    """
    out = dict(state)
    for name in state:
        mean = name.replace('.conv_out.conv.bias', '.conv_out.bn.running_mean')
        if mean != name and mean in out:
            out[mean] = out[mean] - out.pop(name)
    return out


# one pathway of bottlenecks: C2D, I3D and Slow, with or without non-local blocks
PYSLOWFAST_SINGLE = RenameTable(
    source="PySlowFast's nets of one pathway",
    mark=r'^s1\.pathway0_stem\.',
    rules=(*_pathway(0, ''), _HEAD),
    finish=fold_output_bias,
)
# both pathways of bottlenecks; its lateral connections are normalized: lateral_norm=True in the slow pathway
PYSLOWFAST = RenameTable(
    source="PySlowFast's SlowFast",
    mark=r'^s1\.pathway1_stem\.',
    rules=(
        *_pathway(0, 'slow_path.'),
        *_pathway(1, 'fast_path.'),
        *_fusions(r's{}_fuse', 'conv_f2s', 'bn', first=1),
        _HEAD,
    ),
    finish=fold_output_bias,
)
PYSLOWFAST_X3D = RenameTable(
    source="PySlowFast's X3D",
    mark=r'^s1\.pathway0_stem\.conv_xy\.',
    rules=(
        (r's1\.pathway0_stem\.conv_xy\.weight', 'conv1_s.conv.weight'),
        (r's1\.pathway0_stem\.conv\.weight', 'conv1_t.conv.weight'),
        (rf's1\.pathway0_stem\.bn\.{NORM}', r'conv1_t.bn.\1'),
        *_pathway(0, ''),
        (r'head\.conv_5\.weight', 'conv5.conv.weight'),
        (rf'head\.conv_5_bn\.{NORM}', r'conv5.bn.\1'),
        (r'head\.lin_5\.weight', 'cls_head.fc1.weight'),
        (r'head\.projection\.(weight|bias)', r'cls_head.fc2.\1'),
    ),
)


def _hub_pathway(infix: str, prefix: str, blocks: tuple[int, ...] = (1, 2, 3, 4)) -> Rules:
    """Rules for a pathway of the hub, whose stages are the ``blocks``."""
    rules: list[Rule] = [
        (rf'blocks\.0\.{infix}conv\.weight', f'{prefix}conv1.conv.weight'),
        (rf'blocks\.0\.{infix}norm\.{NORM}', rf'{prefix}conv1.bn.\1'),
    ]
    for stage, block in enumerate(blocks, start=1):
        theirs, ours = rf'blocks\.{block}\.{infix}res_blocks\.(\d+)\.', rf'{prefix}layer{stage}.\1.'
        rules += _block(theirs, ours, 'branch1_conv', 'branch1_norm', r'branch2\.conv_{}', r'branch2\.norm_{}')
    return tuple(rules)


_HUB_HEAD = (r'blocks\.[56]\.proj\.(weight|bias)', r'cls_head.fc_cls.\1')
HUB_POOLED = RenameTable(  # block 2 pools time
    source="PyTorchVideo's i3d_r50 and c2d_r50",
    mark=r'^blocks\.5\.res_blocks\.',
    rules=(*_hub_pathway('', '', (1, 3, 4, 5)), _HUB_HEAD),
)
HUB_SINGLE = RenameTable(
    source="PyTorchVideo's slow_r50",
    mark=r'^blocks\.0\.conv\.weight$',
    rules=(*_hub_pathway('', ''), _HUB_HEAD),
)
HUB_SLOWFAST = RenameTable(
    source="PyTorchVideo's slowfast_r50 and slowfast_r101",
    mark=r'^blocks\.0\.multipathway_blocks\.',
    rules=(
        *_hub_pathway(r'multipathway_blocks\.0\.', 'slow_path.'),
        *_hub_pathway(r'multipathway_blocks\.1\.', 'fast_path.'),
        *_fusions(r'blocks\.{}\.multipathway_fusion', 'conv_fast_to_slow', 'norm', first=0),
        _HUB_HEAD,
    ),
)


def fast_first(state: State, slow_channels: int) -> State:
    """The classifier of two pathways for our order of them: PySlowFast puts the slow pathway first."""
    out = dict(state)
    if (weight := out.get('cls_head.fc_cls.weight')) is not None:
        out['cls_head.fc_cls.weight'] = torch.cat([weight[:, slow_channels:], weight[:, :slow_channels]], 1)
    return out
