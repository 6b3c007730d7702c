from mmaction.datasets.transforms.audio import *  # noqa: F403
from mmaction.datasets.transforms.decode import *  # noqa: F403
from mmaction.datasets.transforms.decode_frames import *  # noqa: F403
from mmaction.datasets.transforms.format import *  # noqa: F403
from mmaction.datasets.transforms.hvu_label import *  # noqa: F403
from mmaction.datasets.transforms.localization import *  # noqa: F403
from mmaction.datasets.transforms.pseudo_clip import *  # noqa: F403
from mmaction.datasets.transforms.sampling import *  # noqa: F403
