"""Base configs as modules, for configs that inherit with ``read_base``.

``from mmaction.configs._base_.models.tsn_r50 import *``. The folder ``_base_`` is a link to that of ``configs``; a wheel
has copies.
"""
