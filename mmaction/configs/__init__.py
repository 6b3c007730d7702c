"""Base configs as modules, for configs that inherit with ``read_base``.

The folder ``_base_`` is a link to that of ``configs``, of which a wheel has copies; so one writes
``from mmaction.configs._base_.models.tsn_r50 import *``.
"""
