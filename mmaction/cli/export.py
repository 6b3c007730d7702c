"""Export to ONNX: ``python tools/deployment/pytorch2onnx.py CONFIG CHECKPOINT``."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from mmaction.cli.args import add_config_options, add_model, read_config
from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError

if TYPE_CHECKING:
    from mmengine.model import BaseModel

HELP = 'Export a model to ONNX'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/deployment/pytorch2onnx.py``."""
    add_model(parser)
    parser.add_argument('--show', action='store_true', help='print the graph')
    parser.add_argument('--output-file', type=str, default='tmp.onnx', help='file to write')
    parser.add_argument('--opset-version', type=int, default=11, help='version of the operators')
    parser.add_argument('--verify', action='store_true', help='compare with onnxruntime on random inputs')
    parser.add_argument('--is-localizer', action='store_true', help='the model is a localizer, which is known anyway')
    parser.add_argument(
        '--shape',
        type=int,
        nargs='+',
        default=[1, 3, 8, 224, 224],
        help='shape of the inputs. 2D recognizer: batch frames channels height width; 3D recognizer: batch clips '
        'channels frames height width; localizer: batch channels steps',
    )
    parser.add_argument('--softmax', action='store_true', help='return probabilities instead of scores')
    parser.add_argument('--dynamic-export', action='store_true', help='let the batch size vary')
    parser.add_argument(
        '--int8',
        nargs='+',
        metavar='VIDEO',
        help='write a network of 8-bit integers beside it, FILE-int8.onnx, calibrated on these videos (tens of yours)',
    )
    add_config_options(parser)


def run(args: argparse.Namespace) -> None:
    """Export, and verify."""
    from mmaction.apis import init_recognizer
    from mmaction.deploy import export_onnx, verify_onnx
    from mmaction.models.localizers.base import Localizer

    model = init_recognizer(read_config(args.config, args.cfg_options), args.checkpoint, 'cpu')
    if args.is_localizer and not isinstance(model, Localizer):
        raise UsageError(f'--is-localizer: {args.config} has a {type(model).__name__}, which is none')
    report = export_onnx(
        model,
        args.output_file,
        args.shape,
        opset=args.opset_version,
        softmax=args.softmax,
        dynamic_batch=args.dynamic_export,
    )
    if args.show:
        print(report.text)
    print(f'Successfully exported ONNX model: {args.output_file}')
    if report.opset != args.opset_version:
        print(f'It has opset {report.opset}: its operators cannot be converted to opset {args.opset_version}.')
    if args.verify:
        difference = verify_onnx(report)
        print(f'The numerical values are same between Pytorch and ONNX (largest difference {difference:.2g}).')
    if args.int8:
        _quantize(model, args)


def _quantize(model: BaseModel, args: argparse.Namespace) -> None:
    from mmaction.deploy import calibration_inputs, quantize_onnx
    from mmaction.models import BaseRecognizer

    if not isinstance(model, BaseRecognizer):
        raise UsageError(f'--int8 is for recognizers of videos; {args.config} has a {type(model).__name__}')
    stem, suffix = os.path.splitext(args.output_file)
    output = f'{stem}-int8{suffix}'
    report = quantize_onnx(args.output_file, output, calibration_inputs(model, args.int8, args.shape))
    before, after = (size / 2**20 for size in report.size_bytes)
    print(
        f'Wrote {output}: {after:.1f} MiB in place of {before:.1f}. Scores differ by up to {report.difference:.2g} '
        f'(they are {report.scores[0]:.2g} to {report.scores[1]:.2g}); the best class is the same in '
        f'{report.same_best} of {report.rows} inputs of the calibration. Evaluate it: mmaction test {args.config} '
        f'{output} --onnx'
    )


parse_args, main = entry_points(__name__)
