"""Deployed form of a model: ``python tools/convert/reparameterize_model.py CONFIG CHECKPOINT OUT``."""

from __future__ import annotations

import argparse
import os
from typing import Any

from mmaction.cli.args import model_of, read_config
from mmaction.cli.command import entry_points

HELP = 'Merge the training branches of MobileOne'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/convert/reparameterize_model.py``."""
    parser.add_argument('config_path', help='config of the training form')
    parser.add_argument('checkpoint_path', help='checkpoint of the training form: file or URL')
    parser.add_argument('save_path', help='where to write the state dict of the deployed form')


def run(args: argparse.Namespace) -> None:
    """Convert."""
    reparameterize(args.config_path, args.checkpoint_path, args.save_path)


def reparameterize(config_path: str, checkpoint_path: str, save_path: str) -> None:
    """Build the model of a config, load its checkpoint, merge its branches and write the state dict.

    Raises:
        ValueError: the backbone has no branches, or they are merged already.
    """
    import torch

    from mmaction.registry import MODELS, register_all_modules
    from mmaction.weights import load_weights

    register_all_modules()
    model = MODELS.build(model_of(read_config(config_path)))
    backbone: Any = getattr(model, 'backbone', None)
    if not hasattr(backbone, 'switch_to_deploy'):
        raise ValueError(
            f'The backbone {type(backbone).__name__} of {config_path} has no branches to merge; '
            'MobileOne and MobileOneTSM have.'
        )
    if backbone.deploy:
        raise ValueError(f'{config_path} has the deployed form already (deploy=True); pass that of the training form.')
    model.load_state_dict(load_weights(checkpoint_path), strict=True)
    backbone.switch_to_deploy()
    os.makedirs(os.path.dirname(os.path.abspath(save_path)), exist_ok=True)
    torch.save(model.state_dict(), save_path)
    print(f'The deployed form is at {save_path}.')


parse_args, main = entry_points(__name__)
