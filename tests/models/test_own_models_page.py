"""The page on own models: its code runs, and is the same in both languages."""

from __future__ import annotations

import re
from pathlib import Path

from mmaction.registry import MODELS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / 'docs' / language / 'own_models.md' for language in ('en', 'zh_cn')]


def test_code_runs_and_is_the_same_in_both_languages():
    english, chinese = (re.findall(r'^```python\n(.*?)^```', p.read_text('utf-8'), flags=re.S | re.M) for p in PAGES)
    assert english == chinese and len(english) == 2
    names = {'__name__': 'own_models'}
    try:
        exec('\n'.join(english), names)
        assert names['AsymmetricLoss'].activation == 'sigmoid'
    finally:
        for name in ('MyResNet', 'MyHead', 'AsymmetricLoss'):
            MODELS.module_dict.pop(name, None)


def test_both_pages_name_the_same_methods():
    names = [sorted(set(re.findall(r'`([^`\n]+)`', page.read_text('utf-8')))) for page in PAGES]
    assert names[0] == names[1]
