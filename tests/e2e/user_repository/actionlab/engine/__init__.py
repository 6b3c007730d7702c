import json
import os.path as osp
from typing import Dict, Optional, Sequence, Union

from mmengine.hooks import Hook

from mmaction.registry import HOOKS

__all__ = ['DiaryHook']

DATA_BATCH = Optional[Union[dict, tuple, list]]


@HOOKS.register_module()
class DiaryHook(Hook):
    """Write what each iteration sees."""

    priority = 'LOW'

    def __init__(self, file: str = 'diary.jsonl') -> None:
        self.file = file

    def _write(self, runner, **entry) -> None:
        with open(osp.join(runner.work_dir, self.file), 'a') as fout:
            fout.write(json.dumps(entry) + '\n')

    def before_train_iter(self, runner, batch_idx: int, data_batch: DATA_BATCH = None) -> None:
        samples = data_batch['data_samples']
        self.labels = [sample.gt_label.item() for sample in samples]
        self.shapes = [list(inputs.shape) for inputs in data_batch['inputs']]

    def after_train_iter(
        self, runner, batch_idx: int, data_batch: DATA_BATCH = None, outputs: Optional[dict] = None
    ) -> None:
        entry = dict(epoch=runner.epoch, iter=runner.iter, labels=self.labels, shape=self.shapes[0])
        self._write(runner, **entry, loss=outputs['loss'].item())

    def after_val_iter(
        self, runner, batch_idx: int, data_batch: DATA_BATCH = None, outputs: Optional[Sequence] = None
    ) -> None:
        self._write(runner, scores=[sample.pred_score.tolist() for sample in outputs])

    def after_val_epoch(self, runner, metrics: Optional[Dict[str, float]] = None) -> None:
        self._write(runner, metrics={key: float(value) for key, value in metrics.items()})
