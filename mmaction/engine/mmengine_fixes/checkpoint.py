"""Checkpoints: read safely, loaded with foreign names, written so that a kill leaves no half file."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Sequence
from typing import Any

from mmengine.model import BaseTTAModel, is_model_wrapper
from mmengine.runner import Runner
from mmengine.runner import checkpoint as module
from torch import Tensor, nn

from mmaction.utils.mmengine_fixes import replace_everywhere
from mmaction.weights.files import MapLocation, save_checkpoint_file, state_dict_in
from mmaction.weights.load import load
from mmaction.weights.recognizer import state_for
from mmaction.weights.report import LoadReport
from mmaction.weights.sources import load_checkpoint_file, use_safe_loaders

Revisions = Sequence[tuple[str, str]]
_UNNAMED = 'the checkpoint'


def fix_checkpoints() -> None:
    """Replace the parts of mmengine 0.10.7 that read, load, write and find checkpoints."""
    use_safe_loaders()
    # A run that is killed while mmengine writes leaves half a file under the final name ...
    replace_everywhere(module.save_checkpoint, _atomic_save(module.save_checkpoint))
    # ... or an empty note of which checkpoint is the latest.
    replace_everywhere(module.find_latest_checkpoint, _find_latest_checkpoint(module.find_latest_checkpoint))
    # mmengine knows no foreign names, and reports a checkpoint of which nothing fits like a harmless difference.
    replace_everywhere(module._load_checkpoint_to_model, _load_to_model(module._load_checkpoint_to_model))
    Runner.load_checkpoint = _load_in_runner(Runner.load_checkpoint)
    Runner.test = _with_reminder(Runner.test)


def _atomic_save(original: Callable[..., None]) -> Callable[..., None]:
    def save_checkpoint(
        checkpoint: dict, filename: str, file_client_args: dict | None = None, backend_args: dict | None = None
    ) -> None:
        if '://' in filename or file_client_args is not None or backend_args is not None:
            original(checkpoint, filename, file_client_args, backend_args)
        else:
            save_checkpoint_file(checkpoint, filename)

    return save_checkpoint


def _find_latest_checkpoint(original: Callable[[str], str | None]) -> Callable[[str], str | None]:
    def find_latest_checkpoint(path: str) -> str | None:
        """The checkpoint that ``last_checkpoint`` names; if that does not exist, the one of most steps."""
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


def unwrapped(model: nn.Module) -> nn.Module:
    """The model inside wrappers for several processes or for test-time augmentation."""
    while is_model_wrapper(model) or isinstance(model, BaseTTAModel):
        inner = model.module
        assert isinstance(inner, nn.Module)
        model = inner
    return model


def translated(model: nn.Module, checkpoint: Any, name: str) -> dict[str, Any]:
    """A checkpoint in mmengine's form: the weights under ``state_dict``, under the names of ``model``."""
    given = state_dict_in(checkpoint, name)
    state = state_for(model, given, name)
    if state is given and 'state_dict' in checkpoint:
        return checkpoint
    rest = {key: value for key, value in checkpoint.items() if not isinstance(value, Tensor)}
    return rest | {'state_dict': state}


def _load(model: nn.Module, checkpoint: Any, strict: bool, revise_keys: Revisions, name: str) -> LoadReport:
    state = checkpoint['state_dict']
    for pattern, replacement in revise_keys:
        state = {re.sub(pattern, replacement, key): value for key, value in state.items()}
    return load(model, state, policy='strict' if strict else 'partial', name=name)


def _load_to_model(original: Callable[..., Any]) -> Callable[..., Any]:
    def _load_checkpoint_to_model(
        model: nn.Module,
        checkpoint: Any,
        strict: bool = False,
        logger: Any = None,
        revise_keys: Revisions = ((r'^module\.', ''),),
    ) -> Any:
        model = unwrapped(model)
        if any(is_model_wrapper(child) for child in model.modules()):
            # Parts that are wrapped one by one (MMSeparateDistributedDataParallel) have `module.` inside their names,
            # which only mmengine's own loop skips.
            return original(model, checkpoint, strict, logger, revise_keys)
        _load(model, translated(model, checkpoint, _UNNAMED), strict, revise_keys, _UNNAMED)
        return checkpoint

    return _load_checkpoint_to_model


def _load_in_runner(original: Callable[..., Any]) -> Callable[..., Any]:
    def load_checkpoint(
        self: Runner,
        filename: str,
        map_location: MapLocation = 'cpu',
        strict: bool = False,
        revise_keys: Revisions = ((r'^module\.', ''),),
    ) -> Any:
        """Load a checkpoint: also a foreign one, of which the hooks see the translation (EMAHook loads it too)."""
        model = unwrapped(self.model)
        if any(is_model_wrapper(child) for child in model.modules()):
            return original(self, filename, map_location, strict, list(revise_keys))
        checkpoint = translated(model, load_checkpoint_file(filename, map_location), filename)
        self.call_hook('after_load_checkpoint', checkpoint=checkpoint)
        # kept for the reminder after a test
        self.load_report = _load(model, checkpoint, strict, revise_keys, filename)
        self._has_loaded = True
        self.logger.info(f'Load checkpoint from {filename}')
        # mmengine executes the text of the config under this key, as Python, to read one value of it.
        meta = checkpoint.get('meta')
        if isinstance(meta, dict) and 'config' in meta:
            meta.setdefault('cfg', meta.pop('config'))
        return checkpoint

    return load_checkpoint


def _with_reminder(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """``Runner.test`` that says beside its figures if they are not those of the checkpoint."""

    def test(self: Runner) -> Any:
        metrics = original(self)
        report: LoadReport | None = getattr(self, 'load_report', None)
        if report is not None and (report.missing or report.misfits):
            self.logger.warning(
                f'These figures are not those of the checkpoint: a part of the weights is random. {report.warning()}'
            )
        return metrics

    return test
