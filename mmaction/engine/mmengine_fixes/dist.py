"""Jobs of several processes without GPUs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mmaction.utils.mmengine_fixes import replace_everywhere


def fix_dist() -> None:
    """Let processes run on the CPU: mmengine 0.10.7 chooses a GPU for each of them, also if there is none."""
    from mmengine.dist import utils as dist
    from mmengine.model import MMDistributedDataParallel

    replace_everywhere(dist._init_dist_pytorch, _init_dist_pytorch(dist._init_dist_pytorch))
    MMDistributedDataParallel.__init__ = _on_any_device(MMDistributedDataParallel.__init__)


def _init_dist_pytorch(original: Callable[..., None]) -> Callable[..., None]:
    def init_dist_pytorch(backend: str, init_backend: str = 'torch', **settings: Any) -> None:
        from mmengine.device import get_device

        if get_device() == 'cpu' and init_backend == 'torch':
            from torch import distributed

            distributed.init_process_group(backend=backend, **settings)
        else:
            original(backend, init_backend, **settings)

    return init_dist_pytorch


def _on_any_device(original: Callable[..., None]) -> Callable[..., None]:
    def init(self: Any, module: Any, *args: Any, **settings: Any) -> None:
        if all(parameter.device.type == 'cpu' for parameter in module.parameters()):
            settings.pop('device_ids', None)
        original(self, module, *args, **settings)

    return init
