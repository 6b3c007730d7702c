"""The steps of a pipeline, from an annotation to the input of a network. Importing this folder registers them."""

from mmaction.datasets.transforms import (
    audio,
    base,
    decode,
    decode_frames,
    format,
    hvu_label,
    localization,
    pose,
    pseudo_clip,
    sampling,
    segment,
    spatial,
    text,
    wrappers,
)
from mmaction.datasets.transforms.audio import *  # noqa: F403
from mmaction.datasets.transforms.base import *  # noqa: F403
from mmaction.datasets.transforms.decode import *  # noqa: F403
from mmaction.datasets.transforms.decode_frames import *  # noqa: F403
from mmaction.datasets.transforms.format import *  # noqa: F403
from mmaction.datasets.transforms.hvu_label import *  # noqa: F403
from mmaction.datasets.transforms.localization import *  # noqa: F403
from mmaction.datasets.transforms.pose import *  # noqa: F403
from mmaction.datasets.transforms.pseudo_clip import *  # noqa: F403
from mmaction.datasets.transforms.sampling import *  # noqa: F403
from mmaction.datasets.transforms.segment import *  # noqa: F403
from mmaction.datasets.transforms.spatial import *  # noqa: F403
from mmaction.datasets.transforms.text import *  # noqa: F403
from mmaction.datasets.transforms.wrappers import *  # noqa: F403

# Each step is named once, in the module or folder that defines it.
__all__ = [
    *audio.__all__,
    *base.__all__,
    *decode.__all__,
    *decode_frames.__all__,
    *format.__all__,
    *hvu_label.__all__,
    *localization.__all__,
    *pose.__all__,
    *pseudo_clip.__all__,
    *sampling.__all__,
    *segment.__all__,
    *spatial.__all__,
    *text.__all__,
    *wrappers.__all__,
]
