"""The Python blocks of the guides run as printed, in order, in one namespace a guide."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

GUIDES = {'docs/en/get_started/guide_to_framework.md': 11, 'docs/zh_cn/get_started/guide_to_framework.md': 11}


@pytest.mark.parametrize('guide', GUIDES)
def test_every_block_runs(guide: str, root: Path, workspace: Path, tmp_path: Path, run) -> None:
    blocks = re.findall(r'^```python\n(.*?)^```', (root / guide).read_text(encoding='utf-8'), flags=re.S | re.M)
    assert len(blocks) == GUIDES[guide]
    (tmp_path / 'data').symlink_to(workspace / 'data')
    script = tmp_path / 'guide.py'
    marks = [f'{block}\nprint("block {i} done", flush=True)\n' for i, block in enumerate(blocks)]
    script.write_text('\n'.join(marks), encoding='utf-8')
    out = run(str(script), cwd=tmp_path).stdout
    assert re.findall(r'^block (\d+) done', out, flags=re.M) == [str(i) for i in range(len(blocks))]
    assert "'topk5': 1.0" in out
    assert (tmp_path / 'work_dirs' / 'guide' / 'epoch_2.pth').is_file()


def test_both_languages_run_the_same_code(root: Path) -> None:
    """Up to the dialect of labels and scores, which is what the two pages differ in."""

    def code(guide: str) -> str:
        text = '\n'.join(
            re.findall(r'^```python\n(.*?)^```', (root / guide).read_text(encoding='utf-8'), flags=re.S | re.M)
        )
        text = text.replace('from mmengine.structures import LabelData\n', '')
        text = text.replace('sample.pred_scores = LabelData(item=score)', 'sample.set_pred_score(score)')
        return re.sub(r"(gt_label|pred_score)s('\])?(\.item|\['item'\])?", r'\1\2', text)

    english, chinese = map(code, GUIDES)
    assert english == chinese
