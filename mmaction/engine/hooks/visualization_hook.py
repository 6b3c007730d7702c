"""Hook that draws the predictions of validation and testing."""

from __future__ import annotations

import os.path as osp
from collections.abc import Sequence
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmengine.visualization import Visualizer

from mmaction.registry import HOOKS
from mmaction.structures import ActionDataSample
from mmaction.utils.check import at_least


@HOOKS.register_module()
class VisualizationHook(Hook):
    """Pass every ``interval``-th sample of validation and testing to the visualizer.

    Args:
        enable: False switches the hook off.
        interval: number of samples between two drawn ones.
        show: play the result in a window.
        out_dir: output folder; None passes the frames to the visualizer's backends.
        **kwargs: further keywords of ``ActionVisualizer.add_datasample``.
    """

    def __init__(
        self, enable: bool = False, interval: int = 5000, show: bool = False, out_dir: str | None = None, **kwargs: Any
    ) -> None:
        self.enable = enable
        self.interval = at_least(1, interval, 'interval')
        self.show = show
        self.out_dir = out_dir
        self.draw_args = kwargs
        self._visualizer: Visualizer = Visualizer.get_current_instance()  # until a runner calls

    def after_val_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict, outputs: Sequence[ActionDataSample]
    ) -> None:
        self._visualizer = runner.visualizer
        self._draw_samples(batch_idx, data_batch, outputs, step=runner.iter)

    def after_test_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict, outputs: Sequence[ActionDataSample]
    ) -> None:
        self._visualizer = runner.visualizer
        self._draw_samples(batch_idx, data_batch, outputs, step=batch_idx)

    def _draw_samples(
        self, batch_idx: int, data_batch: dict, data_samples: Sequence[ActionDataSample], step: int = 0
    ) -> None:
        """Pass the chosen samples of a batch to the visualizer. A subclass may override it.

        Args:
            batch_idx: index of the batch.
            data_batch: the batch, before the preprocessor.
            data_samples: its predictions.
            step: part of the output name.
        """
        if not self.enable:
            return
        size = len(data_samples)
        for offset, (inputs, sample) in enumerate(zip(data_batch['inputs'], data_samples)):
            index = batch_idx * size + offset
            if index % self.interval:
                continue
            source = sample.get('filename') or sample.get('frame_dir')
            name = osp.splitext(osp.basename(source))[0] if source else f'sample_{index:05d}'
            output: dict[str, Any] = dict(show_frames=self.show)
            if self.out_dir:
                output.update(out_path=osp.join(self.out_dir, f'{name}_{step}'), out_type='video')
            # The file is drawn where it still exists: it is sharper than the inputs of the model.
            if source is None or not osp.isfile(source):
                source = _frames(inputs)
            self._visualizer.add_datasample(name, source, data_sample=sample, step=step, **{**output, **self.draw_args})


def _frames(inputs: Any) -> Any:
    """Convert inputs of the model, before the preprocessor, to frames (T, H, W, 3)."""
    array = inputs.cpu().numpy()
    if array.ndim == 5:  # (clips, C, T, H, W)
        array = array[0].transpose(1, 2, 3, 0)
    elif array.ndim == 4:  # (T, C, H, W)
        array = array.transpose(0, 2, 3, 1)
    else:
        raise ValueError(f'Only inputs (T, C, H, W) and (clips, C, T, H, W) can be drawn, got {array.shape}.')
    return array[..., :3].astype('uint8')
