"""Arguments that several commands share, and the config and runner they lead to."""

from __future__ import annotations

import argparse
import os
import os.path as osp
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mmaction.cli.errors import UsageError
from mmaction.distributed.jobs import check_launcher

if TYPE_CHECKING:
    from mmengine.config import Config
    from mmengine.runner import Runner
    from numpy.typing import NDArray

    from mmaction.models import BaseRecognizer
    from mmaction.structures import ActionDataSample


class DictAction(argparse.Action):
    """mmengine's action for ``key=value``, which is imported when the option is given: ``--help`` does without it."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Add the settings to those of the namespace."""
        from mmengine.config import DictAction as Action

        Action(self.option_strings, self.dest)(parser, namespace, values, option_string)


def add_config_options(parser: argparse.ArgumentParser, *also: str) -> None:
    """Add ``--cfg-options``; ``also`` are other names of it."""
    parser.add_argument(
        '--cfg-options',
        *also,
        nargs='+',
        action=DictAction,
        help='settings that replace those of the config: key=value with dotted keys; lists as key="[a,b]" or key=a,b',
    )


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--cfg-options`` and the arguments of launchers."""
    add_config_options(parser)
    parser.add_argument(
        '--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none', help='launcher of the job'
    )
    # torch.distributed.launch passes --local-rank, its predecessors --local_rank
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help='set by torch.distributed.launch')


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add the positional arguments ``config`` and ``checkpoint``."""
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint: file or URL')


def add_target_resolution(parser: argparse.ArgumentParser) -> None:
    """Add ``--target-resolution``, the size of what is drawn."""
    parser.add_argument(
        '--target-resolution',
        nargs=2,
        type=int,
        metavar=('WIDTH', 'HEIGHT'),
        help='size of the result, px; -1 for one of them keeps the aspect ratio; default: the size of the video',
    )


# Names in cv2, which --help does not import.
_INTERPOLATIONS = {
    'nearest': 'INTER_NEAREST',
    'bilinear': 'INTER_LINEAR',
    'bicubic': 'INTER_CUBIC',
    'area': 'INTER_AREA',
    'lanczos': 'INTER_LANCZOS4',
}


def add_resize_algorithm(parser: argparse.ArgumentParser, default: str | None) -> None:
    """Add ``--resize-algorithm``, of ``--target-resolution``; None for one that suits the size."""
    chosen = default or 'one that suits the size'
    parser.add_argument(
        '--resize-algorithm', choices=_INTERPOLATIONS, default=default, help=f'interpolation; default: {chosen}'
    )


def resize_by(algorithm: str, frames: Iterable[NDArray], resolution: Sequence[int]) -> Iterator[NDArray]:
    """Resize frames (H, W, 3) to a ``--target-resolution`` by a ``--resize-algorithm``, as they come."""
    import cv2

    from mmaction.visualization.frames import target_size

    interpolation = getattr(cv2, _INTERPOLATIONS[algorithm])
    for frame in frames:
        height, width = target_size(frame.shape[0], frame.shape[1], None, resolution)
        yield cv2.resize(frame, (width, height), interpolation=interpolation)


def add_device(parser: argparse.ArgumentParser) -> None:
    """Add ``--device``, by default the first GPU."""
    parser.add_argument('--device', default='cuda:0', help='cpu, cuda:0, ...; without CUDA the CPU is used')


def add_precision(parser: argparse.ArgumentParser) -> None:
    """Add ``--dtype`` and ``--compile``, see :func:`precision_of`."""
    parser.add_argument(
        '--dtype',
        default='fp32',
        choices=('fp32', 'bf16', 'fp16'),
        help='precision of the network, fp16 on a GPU only; default: fp32',
    )
    add_compile(parser)


def add_compile(parser: argparse.ArgumentParser) -> None:
    """Add ``--compile``."""
    parser.add_argument(
        '--compile',
        action='store_true',
        help='compile the network, which takes a while and makes many predictions fast',
    )


def precision_of(args: argparse.Namespace) -> dict[str, Any]:
    """The arguments of :func:`~mmaction.apis.init_recognizer` that :func:`add_precision` stands for."""
    return dict(dtype=args.dtype, compile=args.compile)


def check_at_least_one(args: argparse.Namespace, *names: str) -> None:
    """Check numbers among the arguments; None counts as not given.

    Raises:
        UsageError: one of them is smaller than 1.
    """
    for name in names:
        value = getattr(args, name)
        if value is not None and value < 1:
            raise UsageError(f'--{name.replace("_", "-")} ({value}) must be at least 1')


def check_positive(args: argparse.Namespace, *names: str) -> None:
    """Check numbers among the arguments, which need not be whole; None counts as not given.

    Raises:
        UsageError: one of them is not above 0, or not finite.
    """
    for name in names:
        value = getattr(args, name)
        if value is not None and not 0 < value < float('inf'):
            raise UsageError(f'--{name.replace("_", "-")} ({value}) must be positive')


def output_type(path: str) -> Literal['gif', 'video']:
    """Choose the kind of a video file by its suffix."""
    return 'gif' if path.lower().endswith('.gif') else 'video'


def write_drawn(
    path: str, frames: Iterable[NDArray], sample: ActionDataSample, labels: Sequence[str], **options: Any
) -> Path:
    """Write a video with the predictions of a sample drawn into it, frame by frame.

    Args:
        path: file to write; a suffix of another kind is replaced.
        frames: uint8 (H, W, 3), RGB.
        sample: with the predictions.
        labels: class names.
        **options: of :meth:`ActionVisualizer.write_drawn`, such as ``fps``.

    Returns:
        Path of the written file.
    """
    from mmaction.visualization import ActionVisualizer
    from mmaction.visualization.video_backend import output_path

    out_type = output_type(path)
    written = output_path(path, out_type)
    visualizer = ActionVisualizer()
    visualizer.dataset_meta = dict(classes=labels)
    visualizer.write_drawn(written, frames, sample, out_type=out_type, **options)
    return written


def read_config(path: str, options: dict[str, Any] | None = None) -> Config:
    """Read a config, of any line of MMAction2, and replace some of its settings.

    Raises:
        FileNotFoundError: there is no such file.
    """
    from mmaction.compat.read import read_config as read

    return read(path, options)


def model_of(cfg: Config) -> Any:
    """The settings of the model.

    Raises:
        ValueError: the config has none.
    """
    if not cfg.get('model'):
        raise ValueError(f'{cfg.filename} has no model. Give the config that the model was trained with.')
    return cfg.model


def print_best(sample: ActionDataSample, labels: Sequence[str]) -> None:
    """Print the five best classes and their scores."""
    print('The top-5 labels with corresponding scores are:')
    for label, score in sample:
        name = labels[label] if label < len(labels) else f'class {label}'
        print(f'{name}: ', score)


def load_recognizer(cfg: Config, checkpoint: str, device: str | None, **precision: Any) -> BaseRecognizer:
    """Build a recognizer; the checkpoint ``none`` stands for the pretrained weights that its config names.

    Args:
        cfg: its config.
        checkpoint: file, URL or ``none``.
        device: as for :func:`~mmaction.apis.init_recognizer`.
        **precision: of :func:`precision_of`.

    Raises:
        ValueError: the config has another model.
    """
    from mmaction.apis import init_recognizer
    from mmaction.models import BaseRecognizer

    weights: str | None = checkpoint
    if checkpoint.lower() == 'none':
        weights = None
    model = init_recognizer(cfg, weights, device, pretrained=True, **precision)
    if not isinstance(model, BaseRecognizer):
        raise ValueError(f'{cfg.filename} has a {type(model).__name__}, but a recognizer is needed.')
    return model


def load_config(args: argparse.Namespace) -> Config:
    """Read the config of a run on the data set, and settle ``--cfg-options``, launcher, backend and work directory."""
    check_launcher(args.launcher)
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    cfg = read_config(args.config, args.cfg_options)
    _drop_worker_settings(cfg)
    cfg.launcher = args.launcher
    if args.launcher != 'none':
        _choose_backend(cfg)
        _settle_port(cfg)
    if args.work_dir is not None:
        cfg.work_dir = args.work_dir
    elif cfg.get('work_dir') is None:
        cfg.work_dir = osp.join('./work_dirs', osp.splitext(osp.basename(args.config))[0])
    return cfg


def _drop_worker_settings(cfg: Config) -> None:
    """Drop the settings that torch rejects without worker processes, so that ``num_workers=0`` alone is enough."""
    for split in ('train', 'val', 'test'):
        loader = cfg.get(f'{split}_dataloader')
        if isinstance(loader, dict) and loader.get('num_workers') == 0:
            for setting in ('persistent_workers', 'prefetch_factor'):
                loader.pop(setting, None)


def _choose_backend(cfg: Config) -> None:
    """Replace NCCL, which needs GPUs, on a machine without CUDA."""
    import torch

    dist = cfg.get('env_cfg', {}).get('dist_cfg', {})
    if dist.get('backend', 'nccl') == 'nccl' and not torch.cuda.is_available():
        cfg.merge_from_dict({'env_cfg': {'dist_cfg': {'backend': 'gloo'}}})


def _settle_port(cfg: Config) -> None:
    """Hand the port of ``dist_cfg`` to the launcher; only mmengine's start under SLURM takes it as an argument."""
    dist = cfg.get('env_cfg', {}).get('dist_cfg', {})
    if cfg.launcher != 'slurm' and 'port' in dist:
        os.environ.setdefault('MASTER_PORT', str(dist.pop('port')))  # torchrun has set its own


def build_runner(cfg: Config) -> Runner:
    """Build the runner that the config asks for, by default mmengine's."""
    from mmengine.runner import Runner

    import mmaction.engine  # noqa: F401  (fixes the runner)
    from mmaction.registry import RUNNERS

    model_of(cfg)
    if 'runner_type' in cfg:
        return RUNNERS.build(cfg)
    return Runner.from_cfg(cfg)
