"""Actions by a model of the zoo: ``python demo/demo_inferencer.py VIDEO --rec tsn``."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from mmaction.cli.args import add_precision, check_at_least_one, precision_of
from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError

if TYPE_CHECKING:
    from mmaction.apis.inferencers import MMAction2Inferencer

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
    add_precision(parser)
    parser.add_argument('--batch-size', type=int, default=1, help='videos per batch')
    parser.add_argument('--show', action='store_true', help='play the videos with the predictions in a window')
    parser.add_argument('--print-result', action='store_true', help='print the predictions')
    parser.add_argument('--pred-out-file', default='', help='file for the predictions, .json or .pkl')
    group = parser.add_argument_group('actions by their names, without training')
    group.add_argument(
        '--labels',
        help='names of the actions, separated by commas, or a file of them, one per line. The model is a CLIP or an '
        "X-CLIP: --rec 'hf:' and a folder of Hugging Face or a name there, or --rec-weights FILE",
    )
    group.add_argument(
        '--template',
        action='append',
        help='sentence that a name is put into, with {} in its place; may be repeated for CLIP; default: four '
        'of them; for X-CLIP the name alone',
    )
    group.add_argument('--vocab', help="file of CLIP's tokenizer; default: next to the weights")
    group.add_argument('--num-frames', type=int, help='frames per video; default: 8; for X-CLIP those of the model')


def run(args: argparse.Namespace) -> None:
    """Recognize; the best class of each video is printed to stderr."""
    from mmaction.apis.inferencers.inputs import list_inputs

    _check(args)
    videos = list_inputs(args.inputs)  # before the model is loaded, which takes longer
    inferencer = _inferencer(args)
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


def _check(args: argparse.Namespace) -> None:
    check_at_least_one(args, 'batch_size', 'num_frames')
    if args.labels is None:
        if args.rec is None and args.rec_weights is None:
            raise UsageError('--rec is needed: the name of a model, such as tsn, or the path of a config')
        if args.template or args.vocab:
            raise UsageError('--template and --vocab need --labels')
    elif args.label_file is not None:
        raise UsageError('--labels and --label-file exclude each other: the classes are the labels')
    elif (args.rec is None) == (args.rec_weights is None):
        raise UsageError(
            "--labels needs either --rec, 'hf:' and the folder of a CLIP or an X-CLIP, or --rec-weights, a file or "
            'folder of one'
        )
    elif args.rec is not None and not args.rec.startswith('hf:'):
        raise UsageError(f"--rec ({args.rec}) with --labels must be 'hf:' and the folder of a CLIP or an X-CLIP")


def _inferencer(args: argparse.Namespace) -> MMAction2Inferencer:
    from mmaction.apis.inferencers import MMAction2Inferencer

    if args.labels is None:
        return MMAction2Inferencer(args.rec, args.rec_weights, args.device, args.label_file, **precision_of(args))
    from mmaction.inference.zero_shot import zero_shot_recognizer
    from mmaction.utils.labels import read_labels

    labels = read_labels(args.labels) if os.path.isfile(args.labels) else args.labels.split(',')
    model = zero_shot_recognizer(
        args.rec or args.rec_weights,
        labels,
        templates=args.template,
        vocab=args.vocab,
        num_frames=args.num_frames,
    )
    return MMAction2Inferencer(model, device=args.device, **precision_of(args))


parse_args, main = entry_points(__name__)
