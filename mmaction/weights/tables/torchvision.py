"""Tables of torchvision's networks of images and clips."""

from __future__ import annotations

from collections.abc import Iterator

from mmaction.weights.rename import KEEP, NORM, RenameTable, Rules

# A ResNet of images. The same entries serve deeper or partial networks, 3D ones and classifiers: what is left over or
# missing is logged, not an error.
RESNET = RenameTable(
    source="torchvision's ResNet",
    mark=r'(^|\.)(conv|bn)\d\.(weight|bias)$',
    rules=(
        (r'(|.*\.)conv(\d)\.(weight|bias)', r'\1conv\2.conv.\3'),
        (r'(|.*\.)bn(\d)\.(.*)', r'\1conv\2.bn.\3'),
        (r'(|.*\.)downsample\.0\.(weight|bias)', r'\1downsample.conv.\2'),
        (r'(|.*\.)downsample\.1\.(.*)', r'\1downsample.bn.\2'),
        *KEEP,
    ),
    whole=False,
)

# expansion and blocks of the stages of MobileNetV2 (Sandler et al., 2018, table 2)
_MOBILENET_STAGES = ((1, 1), (6, 2), (6, 3), (6, 4), (6, 3), (6, 3), (6, 1))


def _mobilenet_units() -> Iterator[tuple[str, str, int]]:
    """Sequences of a convolution and its norm: torchvision's name, ours, and the index of the convolution in theirs.

    torchvision counts the blocks through all stages. A convolution, its norm and its activation make a sequence, but
    for the last convolution of a block, whose norm stands beside it.
    """
    yield 'features.0', 'conv1', 0
    yield 'features.18', 'conv2', 0
    number = 0
    for stage, (expansion, blocks) in enumerate(_MOBILENET_STAGES, start=1):
        for block in range(blocks):
            number += 1
            theirs, ours = f'features.{number}.conv', f'layer{stage}.{block}.conv'
            last = 1 if expansion == 1 else 2
            for index in range(last):
                yield f'{theirs}.{index}', f'{ours}.{index}', 0
            yield theirs, f'{ours}.{last}', last


def _mobilenet_rules() -> Iterator[tuple[str, str]]:
    for theirs, ours, index in _mobilenet_units():
        place = theirs.replace('.', r'\.')
        yield rf'{place}\.{index}\.(.*)', rf'{ours}.conv.\1'
        yield rf'{place}\.{index + 1}\.(.*)', rf'{ours}.bn.\1'


MOBILENET_V2 = RenameTable(
    source="torchvision's MobileNetV2",
    mark=r'^features\.\d+\.',
    rules=(*_mobilenet_rules(), *KEEP),
    whole=False,
)

SHORTCUT_AND_HEAD: Rules = (
    (rf'layer(\d)\.(\d+)\.conv(\d)\.1\.{NORM}', r'layer\1.\2.conv\3.bn.\4'),
    (r'layer(\d)\.0\.downsample\.0\.weight', r'layer\1.0.downsample.conv.weight'),
    (rf'layer(\d)\.0\.downsample\.1\.{NORM}', r'layer\1.0.downsample.bn.\2'),
    (r'fc\.(weight|bias)', r'cls_head.fc_cls.\1'),
)
STEM: Rules = (
    (r'stem\.0\.weight', r'conv1.conv.weight'),
    (rf'stem\.1\.{NORM}', r'conv1.bn.\1'),
)
CONV: Rules = ((r'layer(\d)\.(\d+)\.conv(\d)\.0\.weight', r'layer\1.\2.conv\3.conv.weight'),)

# r3d_18 is ResNet3d(18, with_pool1=False, with_pool2=False, temporal_strides=(1, 2, 2, 2)),
# mc3_18 is ResNet3d(18, with_pool1=False, with_pool2=False, inflate=(1, 0, 0, 0)).
TORCHVISION_3D = RenameTable(
    source="torchvision's r3d_18 and mc3_18",
    mark=r'^stem\.0\.weight$',
    rules=(*STEM, *CONV, *SHORTCUT_AND_HEAD),
)
# r2plus1d_18 and VMZ's R(2+1)D: see ResNet2Plus1d(layout=...)
TORCHVISION_2PLUS1D = RenameTable(
    source="torchvision's r2plus1d_18 or VMZ's R(2+1)D",
    mark=r'^stem\.3\.weight$',
    rules=(
        (r'stem\.0\.weight', 'conv1.conv.conv_s.weight'),
        (rf'stem\.1\.{NORM}', r'conv1.conv.bn_s.\1'),
        (r'stem\.3\.weight', 'conv1.conv.conv_t.weight'),
        (rf'stem\.4\.{NORM}', r'conv1.bn.\1'),
        (r'layer(\d)\.(\d+)\.conv(\d)\.0\.0\.weight', r'layer\1.\2.conv\3.conv.conv_s.weight'),
        (rf'layer(\d)\.(\d+)\.conv(\d)\.0\.1\.{NORM}', r'layer\1.\2.conv\3.conv.bn_s.\4'),
        (r'layer(\d)\.(\d+)\.conv(\d)\.0\.3\.weight', r'layer\1.\2.conv\3.conv.conv_t.weight'),
        *SHORTCUT_AND_HEAD,
    ),
)
