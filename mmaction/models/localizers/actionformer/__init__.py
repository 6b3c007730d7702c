"""ActionFormer (Zhang, Wu and Li, ECCV 2022, https://arxiv.org/abs/2202.07925): one file a part of the method.

    features -> embedding -> transformer pyramid -> two heads -> per time step: class scores, distances to start and end
    (embedding.py)          (block.py, pyramid.py)  (heads.py)

``points.py`` says what each time step of each level stands for, ``targets.py`` what it should predict, ``losses.py``
how far it is off, ``decoding.py`` and ``nms.py`` turn predictions into segments.
"""

from mmaction.models.localizers.actionformer.actionformer import ActionFormer

__all__ = ['ActionFormer']
