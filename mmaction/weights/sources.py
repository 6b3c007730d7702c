"""Where weights come from: paths, URLs, torchvision's names, object stores."""

from __future__ import annotations

import difflib
import os
import re
from functools import cache
from io import BytesIO
from typing import Any
from urllib.parse import urlparse

import torch
from mmengine.dist import get_dist_info
from torch import Tensor

from mmaction.utils.download import download_file
from mmaction.utils.mmengine_fixes import replace_everywhere
from mmaction.weights.files import MapLocation, load_file, state_dict_in


class WeightsNotAvailable(RuntimeError):
    """Weights could not be fetched; the message says where to put the file by hand."""


_TORCHVISION = 'https://download.pytorch.org/models/'
# the newer training recipes, `<name>.imagenet1k_v2`
_IMAGENET_V2 = {
    'mobilenet_v2': 'mobilenet_v2-7ebf99e0.pth',
    'resnet50': 'resnet50-11ad3fa6.pth',
    'resnet101': 'resnet101-cd907fc2.pth',
    'resnet152': 'resnet152-f82ba261.pth',
    'resnext50_32x4d': 'resnext50_32x4d-1a0047aa.pth',
    'resnext101_32x8d': 'resnext101_32x8d-110c445d.pth',
    'wide_resnet50_2': 'wide_resnet50_2-9ba9bcbe.pth',
    'wide_resnet101_2': 'wide_resnet101_2-d733dc28.pth',
}
_KINETICS = {
    'mc3_18': 'mc3_18-a90a0ba3.pth',
    'mvit_v1_b': 'mvit_v1_b-dbeb1030.pth',
    'mvit_v2_s': 'mvit_v2_s-ae3be167.pth',
    'r2plus1d_18': 'r2plus1d_18-91a641e6.pth',
    'r3d_18': 'r3d_18-b3b3357e.pth',
    's3d': 's3d-d76dad2f.pth',
    'swin3d_b': 'swin3d_b_1k-24f7c7c6.pth',
    'swin3d_s': 'swin3d_s-da41c237.pth',
    'swin3d_t': 'swin3d_t-7615ae03.pth',
}


@cache
def torchvision_urls() -> dict[str, str]:
    """Map the name after ``torchvision://`` to its URL, without torchvision.

    The names of torchvision 0.12 mean the weights they meant then; ``<name>.imagenet1k_v2`` are the newer recipes.
    """
    import mmengine

    urls = dict(mmengine.load(os.path.join(mmengine.__path__[0], 'hub', 'torchvision_0.12.json')))
    urls.update({f'{name}.imagenet1k_v1': url for name, url in urls.items()})
    urls.update({f'{name}.imagenet1k_v2': _TORCHVISION + file for name, file in _IMAGENET_V2.items()})
    urls.update({name: _TORCHVISION + file for name, file in _KINETICS.items()})
    return urls


def fetch_weights(url: str) -> str:
    """Local path of the weights at an http(s) URL, fetched once into the ``checkpoints`` folder of torch hub.

    A hash in the file name (``name-0123abcd.pth``), or one that is the name of its folder, is checked.

    Raises:
        WeightsNotAvailable: they could not be fetched. Says where to put the file by hand.
    """
    name = os.path.basename(urlparse(url).path)
    folder = os.path.join(torch.hub.get_dir(), 'checkpoints')
    path = os.path.join(folder, name)
    rank, world_size = get_dist_info()
    if rank == 0 and not os.path.isfile(path):
        os.makedirs(folder, exist_ok=True)
        digest = re.search(r'-([a-f0-9]{8,})\.\w+$|/([a-f0-9]{64})/[^/]+$', urlparse(url).path)
        try:
            download_file(url, path, digest and (digest[1] or digest[2]), show_progress=os.isatty(2))
        except Exception as error:  # URLError, timeouts, a wrong hash: the remedy is the same
            raise WeightsNotAvailable(
                f'The weights {url} could not be fetched ({type(error).__name__}: {error}). Download the file '
                f'elsewhere and put it at {path}, or name a local file instead of the URL.'
            ) from error
    if world_size > 1:
        torch.distributed.barrier()
    return path


# --- one loader per scheme --------------------------------------------------------------------------------------------
def find_checkpoint(path: str) -> str | None:
    """Find a checkpoint file, also under two names that documents print and no run writes.

    ``best_acc/top1_epoch_6.pth``, the metric and its slash, stands for ``best_acc_top1_epoch_6.pth``. ``latest.pth`` of
    a folder without that link is its latest checkpoint.

    Returns:
        The path of an existing file; None if there is none.
    """
    if os.path.isfile(path):
        return path
    folder, name = os.path.split(path)
    parent, metric = os.path.split(folder)
    meant: str | None = None
    if metric.startswith('best_'):
        meant = os.path.join(parent, f'{metric}_{name}')
    elif name == 'latest.pth' and os.path.isdir(folder or '.'):
        from mmengine.runner import find_latest_checkpoint

        meant = find_latest_checkpoint(folder or '.')
    return meant if meant and os.path.isfile(meant) else None


def load_from_local(filename: str, map_location: MapLocation = None) -> Any:
    """Load a checkpoint file; see :func:`find_checkpoint`."""
    path = find_checkpoint(os.path.expanduser(filename))
    if path is None:
        raise FileNotFoundError(f'There is no checkpoint at {filename}.')
    return load_file(path, map_location, filename)


def load_from_http(filename: str, map_location: MapLocation = None, **_: Any) -> Any:
    """Load a checkpoint from a URL, through the cache."""
    return load_file(fetch_weights(filename), map_location, filename)


def load_from_torchvision(filename: str, map_location: MapLocation = None) -> Any:
    """Load ``torchvision://<name>``."""
    urls = torchvision_urls()
    name = filename.split('://', 1)[1].lower().replace('_weights.', '.')
    if name not in urls:
        close = difflib.get_close_matches(name, urls, n=3)
        hint = f' Did you mean {" or ".join(close)}?' if close else ''
        raise ValueError(f'No weights are known as {filename}.{hint}')
    return load_from_http(urls[name], map_location)


def load_from_ceph(filename: str, map_location: MapLocation = None, backend: str = 'petrel') -> Any:
    """Load a checkpoint from an object store through mmengine's file backend."""
    from mmengine.fileio import get_file_backend

    data = get_file_backend(filename, backend_args={'backend': backend}).get(filename)
    return load_file(BytesIO(data), map_location, filename)


@cache
def use_safe_loaders() -> None:
    """Make mmengine's ``CheckpointLoader`` read through this module.

    mmengine 0.10.7 calls ``torch.load``, whose weights-only default refuses the HistoryBuffers and NumPy scalars that
    mmengine itself writes into every checkpoint; for a URL it asks torch hub for a full unpickling.
    """
    from mmengine.runner import checkpoint as module  # costs 0.2 s, which a program that loads nothing saves

    loader = module.CheckpointLoader
    loader.register_scheme(prefixes='', loader=load_from_local, force=True)
    loader.register_scheme(prefixes=('http://', 'https://'), loader=load_from_http, force=True)
    loader.register_scheme(prefixes=('modelzoo://', 'torchvision://'), loader=load_from_torchvision, force=True)
    loader.register_scheme(prefixes=(r'(\S+\:)?s3://', r'(\S+\:)?petrel://'), loader=load_from_ceph, force=True)
    replace_everywhere(module.load_from_http, load_from_http)  # serves open-mmlab:// and mmcls://
    replace_everywhere(module.get_torchvision_models, torchvision_urls)  # the original imports torchvision


def load_checkpoint_file(source: str, map_location: MapLocation = 'cpu') -> Any:
    """The content of the checkpoint at a path, URL or any scheme registered with mmengine's ``CheckpointLoader``."""
    use_safe_loaders()
    from mmengine.runner.checkpoint import CheckpointLoader

    return CheckpointLoader.load_checkpoint(source, map_location, logger='silent')


def load_weights(source: str, map_location: MapLocation = 'cpu') -> dict[str, Tensor]:
    """The state dict at a path, URL or ``torchvision://<name>``.

    Takes the entry that holds it (``state_dict``, ``model_state_dict``, ``model_state``, ``model``, ``module``, and the
    ``ema_encoder`` or ``target_encoder`` of V-JEPA 2) and drops the ``module.`` of a wrapped model.

    Raises:
        FileNotFoundError, WeightsNotAvailable, UnsafeCheckpointError, RuntimeError: with the source and the remedy.
        ValueError: the file holds no state dict.
    """
    return state_dict_in(load_checkpoint_file(source, map_location), source)
