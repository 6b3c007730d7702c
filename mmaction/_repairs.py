"""All repairs of mmengine 0.10.x for today's Python, setuptools and PyTorch, each with its reason.

``repair_utils`` is cheap and runs when :mod:`mmaction.registry` is imported; ``repair_runner`` needs torch and runs
when :mod:`mmaction.engine` is. Both change only what is broken, say nothing, and may run twice.
"""

from __future__ import annotations

import glob
import importlib.metadata
import importlib.util
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sized
from typing import Any

_done: set[str] = set()


def _once(function: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        if function.__name__ not in _done:
            _done.add(function.__name__)
            function()

    return run


def _replace(old: object, new: object) -> None:
    """Put ``new`` wherever an mmengine module that is already loaded holds ``old`` under a name of its own."""
    for name, module in list(sys.modules.items()):
        if name.split('.', 1)[0] != 'mmengine' or module is None:
            continue
        for attribute, value in list(vars(module).items()):
            if value is old:
                setattr(module, attribute, new)


# --- cheap ----------------------------------------------------------------------------------------------------------
@_once
def repair_utils() -> None:
    """Progress over a DataLoader, and looking up packages without ``pkg_resources``."""
    from mmengine.utils import package_utils, progressbar

    _replace(progressbar.track_iter_progress, _track_iter_progress(progressbar.track_iter_progress))
    # setuptools 81 removed pkg_resources, which these three import
    _replace(package_utils.is_installed, is_installed)
    _replace(package_utils.get_installed_path, get_installed_path)
    _replace(package_utils.package2module, package2module)


def _track_iter_progress(original: Callable[..., Iterator]) -> Callable[..., Iterator]:
    """mmengine's refuses what has a length and can be iterated but is no Sequence, as a DataLoader."""

    def track_iter_progress(tasks: Any, bar_width: int = 50, file: Any = None) -> Iterator:
        if not isinstance(tasks, tuple) and isinstance(tasks, Iterable) and isinstance(tasks, Sized):
            tasks = (tasks, len(tasks))
        yield from original(tasks, bar_width, file or sys.stdout)

    return track_iter_progress


def is_installed(package: str) -> bool:
    """Whether ``package``, the name of a distribution or of a module, is there."""
    try:
        importlib.metadata.distribution(package)
    except importlib.metadata.PackageNotFoundError:
        spec = importlib.util.find_spec(package)
        return spec is not None and spec.origin is not None
    return True


def package2module(package: str) -> str:
    """Name of the module that a distribution installs: ``'mmaction2' -> 'mmaction'``."""
    for module, distributions in importlib.metadata.packages_distributions().items():
        if package in distributions and not module.startswith('_'):
            return module
    raise ValueError(f'The module of the distribution {package} cannot be told from its files.')


def get_installed_path(package: str) -> str:
    """Folder of the package that a distribution, or a module of that name, is imported from."""
    try:
        importlib.metadata.distribution(package)
        module = package2module(package)
    except (importlib.metadata.PackageNotFoundError, ValueError):
        module = package
    spec = importlib.util.find_spec(module)
    if spec is None:
        raise importlib.metadata.PackageNotFoundError(package)
    if spec.origin is None:
        raise RuntimeError(f'{package} is a namespace package, which has no single path.')
    return os.path.dirname(spec.origin)


# --- with torch -----------------------------------------------------------------------------------------------------
@_once
def repair_runner() -> None:
    """Checkpoints: weights-only loading with an allow-list, torchvision's addresses, writing that survives a kill.

    Also jobs of several processes without GPUs, and configs that are formatted once.
    """
    from mmengine.config import config
    from mmengine.dist import utils as dist
    from mmengine.model import MMDistributedDataParallel
    from mmengine.runner import checkpoint as module
    from mmengine.runner.runner import Runner

    from mmaction.engine import checkpoint as ours

    loader = module.CheckpointLoader
    # mmengine calls torch.load, whose weights-only default refuses the HistoryBuffers and numpy scalars that mmengine
    # itself writes into every checkpoint; over http it asks torch.hub for a full unpickling.
    loader.register_scheme(prefixes='', loader=ours.load_from_local, force=True)
    loader.register_scheme(prefixes=('http://', 'https://'), loader=ours.load_from_http, force=True)
    loader.register_scheme(prefixes=('modelzoo://', 'torchvision://'), loader=ours.load_from_torchvision, force=True)
    loader.register_scheme(prefixes=(r'(\S+\:)?s3://', r'(\S+\:)?petrel://'), loader=ours.load_from_ceph, force=True)
    _replace(module.load_from_http, ours.load_from_http)  # behind open-mmlab:// and mmcls://
    _replace(module.get_torchvision_models, ours.torchvision_addresses)  # mmengine's imports torchvision
    # A run that is killed while mmengine writes leaves half a file under the final name.
    _replace(module.save_checkpoint, _atomic_save(module.save_checkpoint))
    # ... or an empty note of which checkpoint is the latest.
    _replace(module.find_latest_checkpoint, _find_latest_checkpoint(module.find_latest_checkpoint))
    # mmengine takes no other names than the model's own.
    _replace(module._load_checkpoint_to_model, _with_foreign_names(module._load_checkpoint_to_model))
    # mmengine executes the config text of a checkpoint, as Python, to read one key of it.
    Runner.load_checkpoint = _without_config_text(Runner.load_checkpoint)
    # A run formats its config as Python code four or five times, each time for as long as a second.
    _replace(config.FormatCode, _formatted_once(config.FormatCode))
    # mmengine chooses a GPU for each process, also where there is none.
    _replace(dist._init_dist_pytorch, _init_dist_pytorch(dist._init_dist_pytorch))
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


def _formatted_once(original: Callable[..., Any]) -> Callable[..., Any]:
    known: dict[tuple, Any] = {}

    def format_code(text: str, **settings: Any) -> Any:
        key = (text, repr(settings))
        if key not in known:
            known.clear()  # one config at a time
            known[key] = original(text, **settings)
        return known[key]

    return format_code


def _atomic_save(original: Callable[..., None]) -> Callable[..., None]:
    def save_checkpoint(
        checkpoint: dict, filename: str, file_client_args: dict | None = None, backend_args: dict | None = None
    ) -> None:
        if '://' in filename or file_client_args is not None or backend_args is not None:
            original(checkpoint, filename, file_client_args, backend_args)
            return
        partial = f'{filename}.partial'
        os.makedirs(os.path.dirname(os.path.abspath(filename)), exist_ok=True)
        import torch

        torch.save(checkpoint, partial)
        os.replace(partial, filename)

    return save_checkpoint


def _with_foreign_names(original: Callable[..., Any]) -> Callable[..., Any]:
    from mmaction.engine.checkpoint import state_dict_in
    from mmaction.engine.foreign import state_for

    def _load_checkpoint_to_model(model: Any, checkpoint: Any, *args: Any, **kwargs: Any) -> Any:
        given = state_dict_in(checkpoint, 'the checkpoint')
        state = state_for(getattr(model, 'module', model), given)
        original(
            model,
            checkpoint if state is given and 'state_dict' in checkpoint else {'state_dict': state},
            *args,
            **kwargs,
        )
        return checkpoint

    return _load_checkpoint_to_model


def _find_latest_checkpoint(original: Callable[[str], str | None]) -> Callable[[str], str | None]:
    def find_latest_checkpoint(path: str) -> str | None:
        """The checkpoint that ``last_checkpoint`` names; where it names none that is there, the one of most steps."""
        noted = original(path)
        if noted and os.path.exists(noted):
            return noted
        steps = {}
        for file in glob.glob(os.path.join(glob.escape(path), '*.pth')):
            step = re.fullmatch(r'(?:epoch|iter)_(\d+)', os.path.splitext(os.path.basename(file))[0])
            if step:
                steps[int(step[1])] = file
        return steps[max(steps)] if steps else None

    return find_latest_checkpoint


def _without_config_text(original: Callable[..., Any]) -> Callable[..., Any]:
    def load_checkpoint(self: Any, *args: Any, **kwargs: Any) -> Any:
        checkpoint = original(self, *args, **kwargs)
        meta = checkpoint.get('meta') if isinstance(checkpoint, dict) else None
        if isinstance(meta, dict) and 'config' in meta:
            meta.setdefault('cfg', meta.pop('config'))
        return checkpoint

    return load_checkpoint
