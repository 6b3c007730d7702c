"""Checkpoint hook that never leaves fewer checkpoints than ``max_keep_ckpts``, and keeps ``latest.pth``."""

from __future__ import annotations

import os
import os.path as osp
import shutil

from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook as _CheckpointHook
from mmengine.runner import Runner

from mmaction.registry import HOOKS


@HOOKS.register_module()
class CheckpointHook(_CheckpointHook):
    """Save checkpoints as mmengine's hook does, but remove an outdated one only after the new one is written.

    ``latest.pth`` in the work directory is a link to the latest one, or a copy where the file system has no links.

    mmengine removes first: with ``max_keep_ckpts=1``, a run killed while saving has nothing left to resume from.
    """

    max_keep_ckpts: int

    def _save_checkpoint_with_step(self, runner: Runner, step: int, meta: dict) -> None:
        keep = self.max_keep_ckpts
        outdated = None
        if keep > 0 and (not self.keep_ckpt_ids or self.keep_ckpt_ids[-1] != step):
            if len(self.keep_ckpt_ids) == keep:
                outdated = self.keep_ckpt_ids.popleft()
            self.keep_ckpt_ids.append(step)
            runner.message_hub.update_info('keep_ckpt_ids', list(self.keep_ckpt_ids))
        self.max_keep_ckpts = -1  # keeps the parent from removing anything
        try:
            super()._save_checkpoint_with_step(runner, step, meta)
        finally:
            self.max_keep_ckpts = keep
        if is_main_process() and self.last_ckpt is not None and osp.exists(self.last_ckpt):  # not in an object store
            point_to(self.last_ckpt, osp.join(runner.work_dir, 'latest.pth'))
        if outdated is not None and is_main_process():
            path = self.file_backend.join_path(self.out_dir, self.filename_tmpl.format(outdated))
            if self.file_backend.isfile(path):
                self.file_backend.remove(path)
            elif self.file_backend.isdir(path):  # sharded checkpoints are folders
                self.file_backend.rmtree(path)


def point_to(checkpoint: str, link: str) -> None:
    """Make ``link`` a relative symbolic link to a checkpoint, or a copy; what was there is replaced in one step."""
    unfinished = f'{link}.{os.getpid()}.part'
    try:
        os.symlink(osp.relpath(checkpoint, osp.dirname(link)), unfinished)
    except OSError:  # no links here, as on Windows without the right to make them
        if osp.isdir(checkpoint):
            return
        shutil.copyfile(checkpoint, unfinished)
    os.replace(unfinished, link)
