"""Video understanding on PyTorch.

Importing this package is cheap: torch, OpenCV and the sub-packages load when they are first used.
"""

import sys

from mmaction._installed import warn_of_original
from mmaction._lazy import OldModules, attach
from mmaction.utils.mmengine_fixes import fix_grad_scaler, fix_utils_before_configs
from mmaction.version import __version__, parse_version_info, version_info

__getattr__, __dir__, _ = attach(
    __name__,
    submodules=(
        'apis',
        'datasets',
        'engine',
        'evaluation',
        'models',
        'registry',
        'structures',
        'testing',
        'utils',
        'visualization',
        'weights',
    ),
)

fix_grad_scaler()
fix_utils_before_configs()
if OldModules not in sys.meta_path:  # the package may be reloaded
    sys.meta_path.append(OldModules)
warn_of_original()

__all__ = ['__version__', 'parse_version_info', 'version_info']
