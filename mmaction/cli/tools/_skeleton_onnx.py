"""Export of skeleton networks to ONNX, with the names and dimensions of MMAction2's scripts."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from mmaction.cli.args import add_model, check_at_least_one, read_config
from mmaction.cli.errors import UsageError


def add_export_arguments(parser: argparse.ArgumentParser, num_frames: int, output_file: str) -> None:
    """Declare the arguments that both scripts have."""
    add_model(parser)
    parser.add_argument('--num_frames', '--num-frames', type=int, default=num_frames, help='frames of a clip')
    parser.add_argument(
        '--num_joints', '--num-joints', type=int, default=0, help='joints of a skeleton; default: those of the config'
    )
    parser.add_argument('--device', default='cpu', help='device of the model while its outputs are compared; the CPU')
    parser.add_argument('--output_file', '--output-file', default=output_file, help='file to write')


def export(args: argparse.Namespace, kind: type, shape: Callable[[int], Sequence[int]], dynamic: Sequence[int]) -> None:
    """Export a recognizer for one clip per sample, and compare it with onnxruntime.

    Args:
        args: of the command.
        kind: class of the recognizer.
        shape: number of joints -> shape of an example.
        dynamic: dimensions that may vary.
    """
    import torch

    from mmaction.analysis.examples import joints_of
    from mmaction.apis import init_recognizer
    from mmaction.deploy import OneClipNetwork, verify_onnx, write_onnx
    from mmaction.models import BaseRecognizer

    check_at_least_one(args, 'num_frames')
    cfg = read_config(args.config)
    model = init_recognizer(cfg, args.checkpoint, 'cpu')
    if not isinstance(model, BaseRecognizer) or not isinstance(model, kind):
        raise UsageError(f'{args.config} has a {type(model).__name__}, not a {kind.__name__}; see pytorch2onnx.py')
    joints = joints_of(model, cfg)
    if args.num_joints not in (0, joints):
        raise UsageError(f'--num_joints ({args.num_joints}): the network of {args.config} is for {joints} joints')
    report = write_onnx(
        OneClipNetwork(model),
        args.output_file,
        torch.randn(tuple(shape(joints))),
        dynamic=dynamic,
        input_name='input_tensor',
        output_names=['cls_score'],
    )
    print(f'Successfully export the onnx file to {args.output_file}')
    difference = verify_onnx(report)
    print(f'The outputs of torch and onnxruntime are the same (largest difference {difference:.2g}).')
