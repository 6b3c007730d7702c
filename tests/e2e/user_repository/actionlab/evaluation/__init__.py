from typing import Any, Dict, List, Sequence, Tuple

import numpy as np
from mmengine.evaluator import BaseMetric

from mmaction.evaluation import top_k_accuracy
from mmaction.registry import METRICS

__all__ = ['TopOne']


@METRICS.register_module()
class TopOne(BaseMetric):
    """Accuracy, and a row of each sample."""

    default_prefix = 'lab'

    def process(self, data_batch: Sequence[Tuple[Any, Dict]], data_samples: Sequence[Dict]) -> None:
        for inputs, data_sample in zip(data_batch['inputs'], data_samples):
            result = dict(shape=tuple(inputs.shape))
            result['pred'] = data_sample['pred_score'].cpu().numpy()
            label = data_sample['gt_label']
            result['label'] = label.item() if label.size(0) == 1 else label.cpu().numpy()
            for key, value in data_sample.items():
                assert key not in ('gt_labels', 'pred_scores', 'pred_labels'), (key, value)
            self.results.append(result)

    def compute_metrics(self, results: List) -> Dict:
        labels = [x['label'] for x in results]
        preds = [x['pred'] for x in results]
        assert np.allclose(np.sum(preds, axis=1), 1, atol=1e-5)
        return dict(top1=top_k_accuracy(preds, labels, (1,))[0])
