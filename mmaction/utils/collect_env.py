"""Versions for a bug report."""

from __future__ import annotations

from mmaction.version import __version__

_PACKAGES = ('mmengine', 'mmcv-lite', 'numpy', 'decord2', 'av', 'opencv-python', 'torchcodec', 'timm', 'transformers')


def collect_env() -> dict[str, str]:
    """Versions of Python, compilers, devices and the packages that matter here."""
    # Every import of mmaction.utils would pay for these, of which the latter two import torch.
    from importlib.metadata import PackageNotFoundError, version

    from mmengine.utils import get_git_hash
    from mmengine.utils.dl_utils import collect_env as collect_basics

    info: dict[str, str] = collect_basics()
    for name in _PACKAGES:
        try:
            info[name] = version(name)
        except PackageNotFoundError:
            info[name] = 'not installed'
    info['MMAction2'] = f'{__version__}+{get_git_hash(digits=7)}'
    return info


if __name__ == '__main__':
    for key, value in collect_env().items():
        print(f'{key}: {value}')
