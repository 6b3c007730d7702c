"""Data preprocessor of several modalities."""

from __future__ import annotations

from mmengine.model import BaseDataPreprocessor, ModuleDict

from mmaction.registry import MODELS


@MODELS.register_module()
class MultiModalDataPreprocessor(BaseDataPreprocessor):
    """Prepares each modality of ``inputs``, a dict, with its own preprocessor.

    Args:
        preprocessors: modality -> config of its preprocessor.
    """

    def __init__(self, preprocessors: dict[str, dict]) -> None:
        super().__init__()
        self.preprocessors = ModuleDict({name: MODELS.build(cfg) for name, cfg in preprocessors.items()})

    def forward(self, data: dict, training: bool = False) -> dict:
        """Prepare a batch.

        Args:
            data: ``inputs``, modality -> samples, and ``data_samples``.
            training: whether to blend.
        """
        data = self.cast_data(data)
        unknown = set(data['inputs']) - set(self.preprocessors)
        if unknown:
            raise ValueError(f'There is no preprocessor for {sorted(unknown)}, only for {sorted(self.preprocessors)}.')
        inputs = {}
        data_samples = data.get('data_samples')
        for name, batch in data['inputs'].items():
            inputs[name], data_samples = self.preprocessors[name].preprocess(batch, data_samples, training)
        return {**data, 'inputs': inputs, 'data_samples': data_samples}
