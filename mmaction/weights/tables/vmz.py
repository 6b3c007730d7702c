"""Tables of Facebook's VMZ, whose names are torchvision's but for the separated convolutions of CSN."""

from __future__ import annotations

from mmaction.weights.rename import NORM, RenameTable, Rules
from mmaction.weights.tables.torchvision import CONV, SHORTCUT_AND_HEAD, STEM


def _vmz_csn(kind: str, mark: str, conv2: Rules) -> RenameTable:
    return RenameTable(source=f"VMZ's {kind}-CSN", mark=mark, rules=(*STEM, *conv2, *CONV, *SHORTCUT_AND_HEAD))


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
