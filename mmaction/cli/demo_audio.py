"""Recognize what one sound tells with a config and a checkpoint:
``python demo/demo_audio.py CONFIG CHECKPOINT AUDIO LABEL``.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from mmengine.config import Config, DictAction

from mmaction.cli._errors import readable_errors


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line of ``demo/demo_audio.py``."""
    parser = argparse.ArgumentParser(description='Recognize the action in a sound')
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint file or address')
    parser.add_argument('audio', help='features (.npy), or a sound or video file')
    parser.add_argument('label', help='file with the names of the classes, one a line')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        help='settings that replace those of the config: key=value',
    )
    parser.add_argument('--device', default='cuda:0', help='cpu, cuda:0, ...; without CUDA the CPU is used')
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Recognize."""
    args = parse_args(argv)
    with readable_errors():
        _run(args)


def _run(args: argparse.Namespace) -> None:
    from mmaction.apis import inference_recognizer, init_recognizer
    from mmaction.cli.demo import _read_labels

    labels = _read_labels(args.label)
    if not os.path.isfile(args.config):
        raise FileNotFoundError(f'There is no config at {args.config}.')
    cfg = Config.fromfile(args.config)
    cfg.merge_from_dict(args.cfg_options)
    kind = cfg.model.get('type')
    if kind not in ('RecognizerAudio', 'mmaction.RecognizerAudio'):
        raise ValueError(f'{args.config} is of a {kind}; this demo is for RecognizerAudio. demo/demo.py takes videos.')
    model = init_recognizer(cfg, args.checkpoint, device=args.device)
    sample = inference_recognizer(model, args.audio)

    print('The top-5 labels with corresponding scores are:')
    for label, score in sample:
        print(f'{labels[label] if label < len(labels) else f"class {label}"}: ', score)


if __name__ == '__main__':
    main()
