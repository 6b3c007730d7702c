from mmaction.datasets.transforms.spatial import *  # noqa: F403
from mmaction.datasets.transforms.spatial.lazy import open_sample as _init_lazy_if_proper  # noqa: F401
from mmaction.datasets.transforms.spatial.targets import combine_quadruples as _combine_quadruple  # noqa: F401
from mmaction.datasets.transforms.spatial.targets import flip_quadruple as _flip_quadruple  # noqa: F401
