"""What torchvision's video ResNets, and Facebook's VMZ after them, call their entries."""

from __future__ import annotations

from mmaction.models.backbones._pyslowfast_names import NORM, Rules
from mmaction.models.backbones._rename import RenameTable

_SHORTCUT_AND_HEAD: Rules = (
    (rf'layer(\d)\.(\d+)\.conv(\d)\.1\.{NORM}', r'layer\1.\2.conv\3.bn.\4'),
    (r'layer(\d)\.0\.downsample\.0\.weight', r'layer\1.0.downsample.conv.weight'),
    (rf'layer(\d)\.0\.downsample\.1\.{NORM}', r'layer\1.0.downsample.bn.\2'),
    (r'fc\.(weight|bias)', r'cls_head.fc_cls.\1'),
)
_STEM: Rules = (
    (r'stem\.0\.weight', r'conv1.conv.weight'),
    (rf'stem\.1\.{NORM}', r'conv1.bn.\1'),
)
_CONV: Rules = ((r'layer(\d)\.(\d+)\.conv(\d)\.0\.weight', r'layer\1.\2.conv\3.conv.weight'),)

# r3d_18 is ResNet3d(18, with_pool1=False, with_pool2=False, temporal_strides=(1, 2, 2, 2)),
# mc3_18 is ResNet3d(18, with_pool1=False, with_pool2=False, inflate=(1, 0, 0, 0)).
TORCHVISION_3D = RenameTable(
    source="torchvision's r3d_18 and mc3_18",
    mark=r'^stem\.0\.weight$',
    rules=(*_STEM, *_CONV, *_SHORTCUT_AND_HEAD),
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
        *_SHORTCUT_AND_HEAD,
    ),
)


def _vmz_csn(kind: str, mark: str, conv2: Rules) -> RenameTable:
    return RenameTable(source=f"VMZ's {kind}-CSN", mark=mark, rules=(*_STEM, *conv2, *_CONV, *_SHORTCUT_AND_HEAD))


_CONV2 = r'layer(\d)\.(\d+)\.conv2'
VMZ_IR_CSN = _vmz_csn(
    'ir',
    r'^layer1\.0\.conv2\.0\.weight$',
    (
        (rf'{_CONV2}\.0\.weight', r'layer\1.\2.conv2.0.conv.weight'),
        (rf'{_CONV2}\.1\.{NORM}', r'layer\1.\2.conv2.0.bn.\3'),
    ),
)
VMZ_IP_CSN = _vmz_csn(
    'ip',
    r'^layer1\.0\.conv2\.0\.2\.weight$',
    (
        (rf'{_CONV2}\.0\.0\.weight', r'layer\1.\2.conv2.0.conv.weight'),  # mixes the channels
        (rf'{_CONV2}\.0\.1\.{NORM}', r'layer\1.\2.conv2.0.bn.\3'),
        (rf'{_CONV2}\.0\.2\.weight', r'layer\1.\2.conv2.1.conv.weight'),
        (rf'{_CONV2}\.1\.{NORM}', r'layer\1.\2.conv2.1.bn.\3'),
    ),
)
