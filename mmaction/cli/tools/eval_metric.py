"""Metrics of predictions in a file: ``python tools/analysis_tools/eval_metric.py CONFIG PREDICTIONS``."""

from __future__ import annotations

import argparse

from mmaction.cli import flags_0x
from mmaction.cli.args import DictAction, add_config_options, read_config
from mmaction.cli.command import entry_points

HELP = 'Evaluate predictions that were written to a file'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/analysis_tools/eval_metric.py``."""
    parser.add_argument('config', help='config file')
    parser.add_argument('pkl_results', help='predictions that tools/test.py wrote with --dump or --out')
    add_config_options(parser)
    group = parser.add_argument_group('as in MMAction2 0.x')
    group.add_argument('--eval', nargs='+', metavar='METRIC', help='what to measure, such as top_k_accuracy')
    group.add_argument('--eval-options', nargs='+', action=DictAction, help='options of the metrics, as topk=1,3')


def run(args: argparse.Namespace) -> None:
    """Evaluate with the metrics of the config."""
    from mmengine.evaluator import Evaluator

    from mmaction.analysis import labelled_predictions
    from mmaction.registry import DATASETS, register_all_modules

    cfg = read_config(args.config, args.cfg_options)
    register_all_modules()
    for name in ('test_dataloader', 'test_evaluator'):
        if not cfg.get(name):
            raise ValueError(f'{args.config} has no {name}.')

    dataset = DATASETS.build({**cfg.test_dataloader.dataset, 'pipeline': []})
    samples = labelled_predictions(args.pkl_results, lambda: dataset)
    flags_0x.settle_metrics(cfg, args.eval, args.eval_options)
    evaluator = Evaluator(cfg.test_evaluator)
    evaluator.dataset_meta = dataset.metainfo
    for name, value in evaluator.offline_evaluate(samples).items():
        print(f'{name}: {value}')


parse_args, main = entry_points(__name__)
