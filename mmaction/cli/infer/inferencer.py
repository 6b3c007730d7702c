"""Actions by a model of the zoo: ``python demo/demo_inferencer.py VIDEO --rec tsn``."""

from __future__ import annotations

import argparse
import sys

from mmaction.cli.args import check_at_least_one
from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError

HELP = 'Recognize the actions in videos with a model of the zoo'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``demo/demo_inferencer.py``."""
    parser.add_argument('inputs', help='video file, folder of videos or of frames, or URL')
    parser.add_argument('--vid-out-dir', default='', help='folder for the videos with the predictions drawn into them')
    parser.add_argument('--rec', help='recognizer: name or alias of a model, such as tsn, or path of a config')
    parser.add_argument(
        '--rec-weights',
        help='its weights: file or URL, or "random" for untrained ones; default: those of the named model',
    )
    parser.add_argument('--label-file', help='file of class names, one per line')
    parser.add_argument('--device', help='cpu, cuda, cuda:1, ...; default: CUDA if available, else the CPU')
    parser.add_argument('--batch-size', type=int, default=1, help='videos per batch')
    parser.add_argument('--show', action='store_true', help='play the videos with the predictions in a window')
    parser.add_argument('--print-result', action='store_true', help='print the predictions')
    parser.add_argument('--pred-out-file', default='', help='file for the predictions, .json or .pkl')


def run(args: argparse.Namespace) -> None:
    """Recognize; the best class of each video is printed to stderr."""
    from mmaction.apis.inferencers import MMAction2Inferencer
    from mmaction.apis.inferencers.inputs import list_inputs

    if args.rec is None and args.rec_weights is None:
        raise UsageError('--rec is needed: the name of a model, such as tsn, or the path of a config')
    check_at_least_one(args, 'batch_size')
    videos = list_inputs(args.inputs)  # before the model is loaded, which takes longer
    inferencer = MMAction2Inferencer(args.rec, args.rec_weights, args.device, args.label_file)
    results = inferencer(
        args.inputs,
        batch_size=args.batch_size,
        vid_out_dir=args.vid_out_dir,
        show=args.show,
        print_result=args.print_result,
        pred_out_file=args.pred_out_file,
    )
    classes = inferencer.actionrecog_inferencer.classes or []
    for video, prediction in zip(videos, results['predictions']):
        label = prediction['rec_labels'][0][0]
        name = classes[label] if label < len(classes) else f'class {label}'
        # Not to stdout, where scripts read the results.
        print(f'{video}: {name} ({prediction["rec_scores"][0][label]:.3g})', file=sys.stderr)


parse_args, main = entry_points(__name__)
