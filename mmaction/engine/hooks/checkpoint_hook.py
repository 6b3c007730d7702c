"""Checkpoints that are never fewer than promised."""

from __future__ import annotations

from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook as _CheckpointHook
from mmengine.runner import Runner

from mmaction.registry import HOOKS


@HOOKS.register_module()
class CheckpointHook(_CheckpointHook):
    """mmengine's, which removes an outdated checkpoint once the new one is written and not before.

    With ``max_keep_ckpts=1`` a run that is killed while saving would otherwise have none left to resume from.
    """

    def _save_checkpoint_with_step(self, runner: Runner, step: int, meta: dict) -> None:
        keep, outdated = self.max_keep_ckpts, None
        if keep > 0 and (not self.keep_ckpt_ids or self.keep_ckpt_ids[-1] != step):
            if len(self.keep_ckpt_ids) == keep:
                outdated = self.keep_ckpt_ids.popleft()
            self.keep_ckpt_ids.append(step)
            runner.message_hub.update_info('keep_ckpt_ids', list(self.keep_ckpt_ids))
        self.max_keep_ckpts = -1  # the parent would remove first
        try:
            super()._save_checkpoint_with_step(runner, step, meta)
        finally:
            self.max_keep_ckpts = keep
        if outdated is not None and is_main_process():
            path = self.file_backend.join_path(self.out_dir, self.filename_tmpl.format(outdated))
            if self.file_backend.isfile(path):
                self.file_backend.remove(path)
            elif self.file_backend.isdir(path):  # sharded checkpoints are folders
                self.file_backend.rmtree(path)
