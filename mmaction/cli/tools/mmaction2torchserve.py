"""Model archive of TorchServe: ``tools/deployment/mmaction2torchserve.py CONFIG CHECKPOINT --output-folder DIR``."""

from __future__ import annotations

import argparse

from mmaction.cli.args import read_config
from mmaction.cli.command import entry_points

HELP = 'Write a model archive for TorchServe'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/deployment/mmaction2torchserve.py``."""
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint: file or URL')
    parser.add_argument('--output-folder', required=True, help='folder of the archive, MODEL_NAME.mar')
    parser.add_argument('--model-name', help='default: the name of the checkpoint')
    parser.add_argument('--label-file', help='file of class names, one per line; default: answers have class indices')
    parser.add_argument('--model-version', default='1.0', help='default: 1.0')
    parser.add_argument('-f', '--force', action='store_true', help='write over an existing archive')


def run(args: argparse.Namespace) -> None:
    """Archive."""
    from mmaction.deploy.torchserve import write_archive

    path = write_archive(
        read_config(args.config),
        args.checkpoint,
        args.output_folder,
        args.model_name,
        args.label_file,
        args.model_version,
        args.force,
    )
    print(f'The archive is at {path}.')
    print('TorchServe is no longer maintained; the archive needs it and this package where it is served.')


parse_args, main = entry_points(__name__)
