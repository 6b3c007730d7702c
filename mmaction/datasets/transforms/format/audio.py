"""``FormatAudioShape``."""

from __future__ import annotations

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.registry import TRANSFORMS


@TRANSFORMS.register_module()
class FormatAudioShape(BaseTransform):
    """Give ``audios`` a channel: (clips, T, F) -> (clips, 1, T, F). Writes ``input_shape`` too.

    Args:
        input_format: ``NCTF``.
    """

    role = 'format'
    reads = ('audios',)
    writes = ('audios', 'input_shape')

    def __init__(self, input_format: str) -> None:
        if input_format != 'NCTF':
            raise ValueError(f"input_format ({input_format!r}) must be 'NCTF'.")
        self.input_format = input_format

    def transform(self, results: dict) -> dict:
        audios = results['audios']
        if audios.ndim != 3:
            raise ValueError(f'audios must be (clips, T, F), found shape {audios.shape}.')
        results['audios'] = audios[:, None]
        results['input_shape'] = results['audios'].shape
        return results
