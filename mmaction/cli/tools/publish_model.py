"""Checkpoint for publication: ``python tools/deployment/publish_model.py IN_FILE OUT_FILE``."""

from __future__ import annotations

import argparse
import hashlib
import os

from mmaction.cli.command import entry_points

HELP = 'Write a checkpoint without its training state'
# State of a training, which only resuming needs; `message_hub` is the log of all values.
_TRAINING_ONLY = ('optimizer', 'param_schedulers', 'message_hub', 'ema_state_dict')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/deployment/publish_model.py``."""
    parser.add_argument('in_file', help='checkpoint: file or URL')
    parser.add_argument(
        'out_file', help='where to write it, .pth or .safetensors; a part of its hash is added to the name'
    )


def run(args: argparse.Namespace) -> None:
    """Publish."""
    print(f'The published model is saved at {publish(args.in_file, args.out_file)}.')


def publish(in_file: str, out_file: str) -> str:
    """Write the weights and the meta information of a checkpoint.

    Args:
        in_file: path or URL.
        out_file: path, ``name.pth`` or ``name.safetensors``; the file is called ``name-0123abcd.pth``.

    Returns:
        The path of the file, whose name ends in the first 8 digits of its SHA-256: downloads are checked against it.

    Raises:
        ValueError: ``in_file`` holds no weights.
    """
    from mmaction.weights.files import save_checkpoint_file, state_dict_in
    from mmaction.weights.sources import load_checkpoint_file

    checkpoint = load_checkpoint_file(in_file)
    state_dict_in(checkpoint, in_file)
    kept = {key: value for key, value in checkpoint.items() if key not in _TRAINING_ONLY}
    stem, suffix = os.path.splitext(out_file)
    if suffix != '.safetensors':
        stem, suffix = out_file.removesuffix('.pth'), '.pth'
    draft = f'{stem}{suffix}'
    save_checkpoint_file(kept, draft)
    with open(draft, 'rb') as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    published = f'{stem}-{digest[:8]}{suffix}'
    os.replace(draft, published)
    return published


parse_args, main = entry_points(__name__)
