"""Curves and times of trainings: ``python tools/analysis_tools/analyze_logs.py plot_curve LOG --keys loss``."""

from __future__ import annotations

import argparse

from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError

HELP = 'Plot the curves of training logs, or their times'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/analysis_tools/analyze_logs.py``."""
    tasks = parser.add_subparsers(dest='task', required=True, metavar='{plot_curve,cal_train_time}')
    plot = tasks.add_parser('plot_curve', help='plot values over the training')
    _add_logs(plot)
    plot.add_argument(
        '--keys', nargs='+', default=['top1_acc'], help='values to plot, such as loss or acc/top1; default: top1_acc'
    )
    plot.add_argument('--title', help='title of the plot')
    plot.add_argument('--legend', nargs='+', help='names of the curves: those of all keys of the first log, ...')
    plot.add_argument('--backend', help='backend of matplotlib')
    plot.add_argument('--style', default='dark', help="style: seaborn's grid names, or one of matplotlib")
    plot.add_argument('--out', help='image to write; default: open a window')
    times = tasks.add_parser('cal_train_time', help='report the time per iteration of each epoch')
    _add_logs(times)
    times.add_argument(
        '--include-outliers', action='store_true', help='count the first record of each epoch, which is often slow'
    )


def _add_logs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        'json_logs',
        nargs='+',
        help='logs: vis_data/scalars.json of a work directory, *.log.json of MMAction2 0.x, or a work directory',
    )


def run(args: argparse.Namespace) -> None:
    """Plot or report."""
    from mmaction.analysis import read_log

    logs = [read_log(path) for path in args.json_logs]
    if args.task == 'plot_curve':
        _plot(args, logs)
        return
    for log in logs:
        times = log.epoch_times(args.include_outliers)
        print(f'-----Analyze train time of {log.path}-----')
        for name, (epoch, seconds) in (('slowest', times.slowest), ('fastest', times.fastest)):
            print(f'{name} epoch {epoch}, average time is {seconds:.4f}')
        print(f'time std over epochs is {times.means.std():.4f}')
        print(f'average iter time: {times.mean:.4f} s/iter\n')


def _plot(args: argparse.Namespace, logs: list) -> None:
    import matplotlib.pyplot as plt

    from mmaction.analysis.logs import common_axis
    from mmaction.visualization.plots import figure_file, plot_curves, style_name

    names = args.legend or [f'{log.path}_{key}' for log in logs for key in args.keys]
    count = len(logs) * len(args.keys)
    if len(names) != count:
        raise UsageError(
            f'--legend has {len(names)} names for {count} curves: {len(logs)} logs by {len(args.keys)} keys'
        )
    if len({*names}) < count:
        raise UsageError('two curves have one name: give different ones with --legend')
    if args.backend is not None:
        plt.switch_backend(args.backend)
    axis, curves = common_axis([(log, log.curve(key)) for log in logs for key in args.keys])
    series = {name: (curve.x, curve.y) for name, curve in zip(names, curves)}
    with plt.style.context(style_name(args.style)):
        plot_curves(args.out, series, args.title or '', axis, show=args.out is None)
    if args.out is not None:
        print(f'The plot is saved to {figure_file(args.out)}')


parse_args, main = entry_points(__name__)
