"""The action in an audio file: ``python demo/demo_audio.py CONFIG CHECKPOINT AUDIO LABEL``."""

from __future__ import annotations

import argparse

from mmaction.cli.args import (
    add_config_options,
    add_device,
    add_model,
    add_precision,
    model_of,
    precision_of,
    print_best,
    read_config,
)
from mmaction.cli.command import entry_points
from mmaction.utils.labels import read_labels

HELP = 'Recognize the action in an audio file'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``demo/demo_audio.py``."""
    add_model(parser)
    parser.add_argument('audio', help='features (.npy), or an audio or video file')
    parser.add_argument('label', help='file of class names, one per line')
    add_config_options(parser)
    add_device(parser)
    add_precision(parser)


def run(args: argparse.Namespace) -> None:
    """Recognize and print."""
    from mmaction.apis import inference_recognizer, init_recognizer

    labels = read_labels(args.label)
    cfg = read_config(args.config, args.cfg_options)
    kind = model_of(cfg).get('type')
    if kind not in ('RecognizerAudio', 'mmaction.RecognizerAudio'):
        raise ValueError(
            f'{args.config} has a {kind}; this command is for RecognizerAudio. demo/demo.py accepts videos.'
        )
    model = init_recognizer(cfg, args.checkpoint, device=args.device, **precision_of(args))
    print_best(inference_recognizer(model, args.audio), labels)


parse_args, main = entry_points(__name__)
