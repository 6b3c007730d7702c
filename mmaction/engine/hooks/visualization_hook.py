"""Draw predictions of validation and testing into the clips."""

from __future__ import annotations

import os.path as osp
from collections.abc import Sequence
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmengine.visualization import Visualizer

from mmaction.registry import HOOKS
from mmaction.structures import ActionDataSample


@HOOKS.register_module()
class VisualizationHook(Hook):
    """Hand every ``interval``-th sample of validation and testing to the visualizer.

    Args:
        enable: draw at all.
        interval: samples from one that is drawn to the next.
        show: open a window.
        out_dir: folder of the results; None leaves them to the visualizer's backends.
        **kwargs: further arguments of ``ActionVisualizer.add_datasample``.
    """

    def __init__(
        self, enable: bool = False, interval: int = 5000, show: bool = False, out_dir: str | None = None, **kwargs: Any
    ) -> None:
        if interval < 1:
            raise ValueError(f'interval ({interval}) must be at least 1.')
        self.enable = enable
        self.interval = interval
        self.show = show
        self.out_dir = out_dir
        self.draw_args = kwargs

    def after_val_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict, outputs: Sequence[ActionDataSample]
    ) -> None:
        self._draw(runner, batch_idx, data_batch, outputs, step=runner.iter)

    def after_test_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict, outputs: Sequence[ActionDataSample]
    ) -> None:
        self._draw(runner, batch_idx, data_batch, outputs, step=batch_idx)

    def _draw(
        self, runner: Runner, batch_idx: int, data_batch: dict, outputs: Sequence[ActionDataSample], step: int
    ) -> None:
        if not self.enable:
            return
        size = len(outputs)
        for offset, (inputs, sample) in enumerate(zip(data_batch['inputs'], outputs)):
            index = batch_idx * size + offset
            if index % self.interval:
                continue
            source = sample.get('filename') or sample.get('frame_dir')
            name = osp.splitext(osp.basename(source))[0] if source else f'sample_{index:05d}'
            out_path = osp.join(self.out_dir, f'{name}_{step}.mp4') if self.out_dir else None
            visualizer: Visualizer = runner.visualizer
            visualizer.add_datasample(
                name,
                _frames(inputs) if source is None or not osp.isfile(source) else source,
                data_sample=sample,
                step=step,
                show_frames=self.show,
                out_path=out_path,
                out_type='video' if out_path else 'img',
                **self.draw_args,
            )


def _frames(inputs: Any) -> Any:
    """Frames (T, H, W, 3) of what the pipeline made, before the preprocessor."""
    array = inputs.cpu().numpy()
    if array.ndim == 5:  # (clips, C, T, H, W)
        array = array[0].transpose(1, 2, 3, 0)
    elif array.ndim == 4:  # (T, C, H, W)
        array = array.transpose(0, 2, 3, 1)
    else:
        raise ValueError(f'Only inputs (T, C, H, W) and (clips, C, T, H, W) can be drawn, got {array.shape}.')
    return array[..., :3].astype('uint8')
