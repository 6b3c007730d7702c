"""Jobs of several processes without GPUs."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from typing import Any

import torch

from mmaction.utils.mmengine_fixes import replace_everywhere


def fix_dist() -> None:
    """Let processes run on the CPU: mmengine 0.10.7 chooses a GPU for each of them, also if there is none."""
    from mmengine.dist import utils as dist
    from mmengine.model import MMDistributedDataParallel

    for init in (dist._init_dist_pytorch, dist._init_dist_slurm, dist._init_dist_mpi):
        replace_everywhere(init, _without_gpus(init))
    MMDistributedDataParallel.__init__ = _on_any_device(MMDistributedDataParallel.__init__)


def _without_gpus(original: Callable[..., None]) -> Callable[..., None]:
    def init_dist(*args: Any, **settings: Any) -> None:
        from mmengine.device import get_device

        _name_first_node()
        if get_device() != 'cpu':
            original(*args, **settings)
            return
        os.environ.setdefault('SLURM_LOCALID', '0')  # otherwise mmengine divides by the number of GPUs
        choose = torch.cuda.set_device
        torch.cuda.set_device = lambda device: None
        try:
            original(*args, **settings)
        finally:
            torch.cuda.set_device = choose

    return init_dist


def _name_first_node() -> None:
    """Set the address of a SLURM job without ``scontrol``, for whose output mmengine takes the shell's error."""
    nodes = os.environ.get('SLURM_NODELIST')
    if nodes and 'MASTER_ADDR' not in os.environ and shutil.which('scontrol') is None:
        os.environ['MASTER_ADDR'] = first_node(nodes)


def first_node(nodes: str) -> str:
    """First host of a node list of SLURM: ``gpu[07-09,12],cpu1`` -> ``gpu07``."""
    return re.sub(r'\[(\w+)[^\]]*\]', r'\1', nodes).split(',')[0]


def _on_any_device(original: Callable[..., None]) -> Callable[..., None]:
    def init(self: Any, module: Any, *args: Any, **settings: Any) -> None:
        if all(parameter.device.type == 'cpu' for parameter in module.parameters()):
            settings.pop('device_ids', None)
        original(self, module, *args, **settings)

    return init
