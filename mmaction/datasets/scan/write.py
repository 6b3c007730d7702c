"""Write a scanned data set: annotation lists, class names and config."""

from __future__ import annotations

import os
from typing import Literal

from mmaction.datasets.scan.config import Device, choose_device, write_config
from mmaction.datasets.scan.plan import Plan
from mmaction.utils.check import pick
from mmaction.utils.files import complete_or_absent

CLASS_FILE = 'classes.txt'
CONFIG_FILE = 'config.py'


def earlier_files(root: str, out: str) -> list[str]:
    """What an earlier scan wrote, which is no input of the next one: the folder ``out``, or its files in ``root``."""
    if os.path.abspath(out) != os.path.abspath(root):
        return [out]
    if not os.path.exists(os.path.join(out, CONFIG_FILE)):
        return []
    return [os.path.join(out, name) for name in ('train.txt', 'val.txt', 'test.txt')]


def write_plan(
    plan: Plan,
    out: str,
    *,
    device: Literal['auto', 'cpu', 'gpu'] = 'auto',
    pretrained: str | None = None,
    overwrite: bool = False,
) -> list[str]:
    """Write ``train.txt``, ``val.txt``, ``test.txt``, ``classes.txt`` and ``config.py``.

    Args:
        plan: the data set.
        out: folder of the files.
        device: where the config will be trained.
        pretrained: see :func:`write_config`; None: ImageNet weights for a GPU, none for a CPU.
        overwrite: replace files with another content.

    Returns:
        Paths of the files.

    Raises:
        FileExistsError: a file exists with another content, and ``overwrite`` is False.
        FileNotFoundError: there is no file ``pretrained``.
        ValueError: nothing is left to train or to validate on.
    """
    pick(('auto', 'cpu', 'gpu'), device, 'device')
    plan.check_splits()
    chosen: Device = choose_device() if device == 'auto' else device
    if pretrained is None:
        pretrained = 'imagenet' if chosen == 'gpu' else 'none'
    if pretrained not in ('imagenet', 'none') and not os.path.isfile(pretrained):
        raise FileNotFoundError(f'There is no file of weights {pretrained}. Other choices are imagenet and none.')
    index = {name: number for number, name in enumerate(plan.classes)}
    lists: dict[str, str] = {split: os.path.join(out, f'{split}.txt') for split in plan.splits}
    contents = {}
    for split in plan.splits:
        lines = [f'{clip.path} {index[clip.label]}\n' for clip in plan.of(split)]
        contents[lists[split]] = ''.join(lines)
    contents[os.path.join(out, CLASS_FILE)] = ''.join(f'{name}\n' for name in plan.classes)
    name = os.path.basename(os.path.abspath(out))
    config = os.path.join(out, CONFIG_FILE)
    contents[config] = write_config(plan, lists, os.path.join('work_dirs', name), chosen, pretrained)
    if not overwrite:
        changed = [path for path, content in contents.items() if not _holds(path, content)]
        if changed:
            raise FileExistsError(f'{changed[0]} exists with another content. Give another --out, or --overwrite.')
    for path, content in contents.items():
        with complete_or_absent(path) as unfinished, open(unfinished, 'w', encoding='utf-8', newline='\n') as file:
            file.write(content)
    return list(contents)


def _holds(path: str, content: str) -> bool:
    """True if there is no file, or if it has this content."""
    if not os.path.exists(path):
        return True
    with open(path, encoding='utf-8', newline='') as file:
        return file.read() == content
