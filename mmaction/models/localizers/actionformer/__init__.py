"""ActionFormer (Zhang, Wu and Li, ECCV 2022, https://arxiv.org/abs/2202.07925): one file per part of the method.

    features -> embedding -> transformer pyramid -> two heads -> per time step: class scores, distances to start and end
    (embedding.py)          (block.py, pyramid.py)  (heads.py)

``points.py`` defines the time steps of all levels, ``targets.py`` their targets and ``losses.py`` the losses;
``decoding.py`` and ``nms.py`` turn predictions into segments.
"""

from mmaction.models.localizers.actionformer.actionformer import ActionFormer

__all__ = ['ActionFormer']
