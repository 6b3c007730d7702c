"""Arguments of ``tools/train.py`` and ``tools/test.py`` that only the 0.x line of MMAction2 has."""

from __future__ import annotations

import argparse
import glob
import os
import os.path as osp
from typing import TYPE_CHECKING, Any

from mmaction.cli.args import DictAction
from mmaction.cli.errors import UsageError

if TYPE_CHECKING:
    from mmengine.config import Config
    from mmengine.runner import Runner

LIST_FORMATS = ('.pkl', '.pickle', '.json', '.yaml', '.yml')
_METRICS = ('top_k_accuracy', 'mean_class_accuracy', 'mmit_mean_average_precision', 'mean_average_precision')
# Metric of today -> the names that 0.x has for what it reports.
_NAMES = {'AccMetric': _METRICS, 'ANetMetric': ('AR@AN', 'mAP'), 'AVAMetric': ('mAP',)}
# Metric -> its argument that chooses among several.
_SETTINGS = {'AccMetric': 'metric_list', 'ANetMetric': 'metric_type'}


def add_train_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of training."""
    group = parser.add_argument_group('as in MMAction2 0.x')
    group.add_argument('--validate', action='store_true', help='evaluate while training, which is the default')
    group.add_argument('--test-last', action='store_true', help='test the last checkpoint, and write last_pred.pkl')
    group.add_argument('--test-best', action='store_true', help='test the best checkpoint, and write best_pred.pkl')
    group.add_argument('--resume-from', metavar='CHECKPOINT', help='the same as --resume CHECKPOINT')
    gpus = group.add_mutually_exclusive_group()
    gpus.add_argument('--gpus', type=int, help='number of GPUs of this process: 1')
    gpus.add_argument('--gpu-ids', type=int, nargs='+', help='the GPU of this process')
    # mim passes it with `--gpus 0`, because --gpus is there.
    gpus.add_argument(
        '--device', choices=['cpu', 'cuda'], help='cpu: train without GPU; default: a GPU if there is one'
    )
    group.add_argument('--diff-seed', action='store_true', help='the same as --diff-rank-seed')


def settle_train(args: argparse.Namespace) -> None:
    """Translate the arguments of training to those of today.

    Raises:
        UsageError: they contradict those of today, or ask for several GPUs in one process.
    """
    if args.validate and args.no_validate:
        raise UsageError('--validate and --no-validate exclude each other')
    if args.resume_from is not None:
        if args.resume is not None:
            raise UsageError('--resume-from and --resume exclude each other')
        args.resume = args.resume_from
    args.diff_rank_seed = args.diff_rank_seed or args.diff_seed
    count = len(args.gpu_ids) if args.gpu_ids else args.gpus
    if count not in (None, 1):
        raise UsageError(
            f'{count} GPUs are requested, but one process drives one: sh tools/dist_train.sh {args.config} {count}'
        )
    if args.gpu_ids:
        _choose_gpu(args.gpu_ids[0])
    if args.device == 'cpu':
        os.environ['CUDA_VISIBLE_DEVICES'] = '-1'


def _choose_gpu(number: int) -> None:
    """Let this process see one GPU, counted among those that it sees so far."""
    visible = os.environ.get('CUDA_VISIBLE_DEVICES')
    chosen = str(number)
    if visible == '-1':
        return  # the CPU was asked for
    if visible:
        names = visible.split(',')
        if number >= len(names):
            raise UsageError(f'--gpu-ids {number}: CUDA_VISIBLE_DEVICES={visible} leaves GPUs 0 to {len(names) - 1}')
        chosen = names[number]
    # Read when CUDA is first used, which is later than this.
    os.environ['CUDA_VISIBLE_DEVICES'] = chosen


def test_after_training(cfg: Config, runner: Runner, args: argparse.Namespace) -> None:
    """Test the last and the best checkpoint of a training, where this was asked for."""
    from mmengine.config import Config
    from mmengine.dist import barrier
    from mmengine.runner import find_latest_checkpoint

    from mmaction.cli.args import build_runner

    if not (args.test_last or args.test_best):
        return
    barrier()  # the first process may still be writing
    checkpoints = {}
    if args.test_last:
        checkpoints['last'] = find_latest_checkpoint(runner.work_dir)
    if args.test_best:
        best = glob.glob(osp.join(glob.escape(runner.work_dir), 'best_*.pth'))
        checkpoints['best'] = max(best, key=osp.getmtime, default=None)
    for name, checkpoint in checkpoints.items():
        if checkpoint is None:
            raise FileNotFoundError(f'There is no {name} checkpoint in {runner.work_dir} to test.')
        test_cfg = Config(cfg.to_dict())
        test_cfg.load_from = checkpoint
        test_cfg.resume = False
        test_cfg.experiment_name = f'{runner.experiment_name}_{name}'
        out = osp.join(runner.work_dir, f'{name}_pred.pkl')
        dump_predictions(test_cfg, scores_path(out))
        build_runner(test_cfg).test()
        write_scores(out)


def add_test_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of testing."""
    group = parser.add_argument_group('as in MMAction2 0.x')
    group.add_argument('--out', help='write the scores of all samples to this file: .pkl, .json, .yaml')
    group.add_argument('--eval', nargs='+', metavar='METRIC', help=f'what to measure: {", ".join(_METRICS)}')
    group.add_argument(
        '--eval-options', '--options', nargs='+', action=DictAction, help='options of the metrics, as topk=1,3'
    )
    group.add_argument('--average-clips', choices=['score', 'prob'], help='average the scores or the probabilities')
    group.add_argument('--fuse-conv-bn', action='store_true', help='fuse convolutions with batch normalization')
    collecting = group.add_mutually_exclusive_group()
    collecting.add_argument(
        '--gpu-collect', action='store_true', help='collect the results on the GPUs, if there are any'
    )
    collecting.add_argument('--tmpdir', help='folder to collect the results in')
    exported = group.add_mutually_exclusive_group()
    exported.add_argument('--onnx', action='store_true', help='CHECKPOINT is an ONNX file, of "mmaction export"')
    exported.add_argument('--tensorrt', action='store_true', help='CHECKPOINT is a TensorRT engine')


def settle_test(cfg: Config, args: argparse.Namespace) -> None:
    """Apply the arguments of testing to the config.

    Raises:
        UsageError: a metric or an option is unknown; the file of ``--out`` has another ending.
    """
    if args.onnx or args.tensorrt:
        _check_exported(args)
    settle_metrics(cfg, args.eval, args.eval_options)
    if args.gpu_collect and _has_gpus():
        for metric in cfg.test_evaluator:
            metric['collect_device'] = 'gpu'
    if args.average_clips:
        if not cfg.model.get('cls_head'):
            raise UsageError(f'--average-clips is for recognizers with a head, not for {cfg.model.type}')
        cfg.model.cls_head.average_clips = args.average_clips
        if 'average_clips' in (cfg.model.get('test_cfg') or {}):  # which wins over that of the head
            cfg.model.test_cfg.average_clips = args.average_clips
    if args.out is not None:
        if not args.out.endswith(LIST_FORMATS):
            raise UsageError(f'--out ({args.out}) must end in {", ".join(LIST_FORMATS)}')
        dump_predictions(cfg, scores_path(args.out))


def settle_metrics(cfg: Config, names: list[str] | None, options: dict[str, Any] | None) -> None:
    """Apply ``--eval`` and ``--eval-options`` to the metrics of a config.

    Raises:
        UsageError: a metric or an option is unknown.
    """
    metrics = _evaluators(cfg)
    for metric in metrics:
        if names:
            _choose_metrics(metric, names)
        if options:
            _set_options(metric, options)
    cfg.test_evaluator = metrics


def _has_gpus() -> bool:
    """Tell whether results can be collected on GPUs; processes that train on the CPU collect there too."""
    import torch

    return torch.cuda.is_available()


def _check_exported(args: argparse.Namespace) -> None:
    flag = '--onnx' if args.onnx else '--tensorrt'
    if args.launcher != 'none':
        raise UsageError(f'{flag} runs in one process: leave --launcher {args.launcher} out')
    if args.fuse_conv_bn:
        raise UsageError(f'--fuse-conv-bn changes the model, but {flag} runs an exported network')


def settle_runner(runner: Runner, args: argparse.Namespace) -> None:
    """Apply the arguments that need the built model or metrics."""
    if args.onnx or args.tensorrt:
        from mmaction.deploy import ExportedModel, OnnxBackend, TensorRTBackend

        backend = OnnxBackend(args.checkpoint) if args.onnx else TensorRTBackend(args.checkpoint)
        runner.model = ExportedModel(runner.model, backend)
    if args.fuse_conv_bn:
        from mmengine.model import is_model_wrapper

        runner.load_or_resume()  # fused modules have other names than the checkpoint
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        print(f'Fused {fuse_conv_bn(model)} convolutions with their batch normalization.')
    if args.tmpdir:
        for metric in runner.test_evaluator.metrics:
            # mmengine empties the folder in the end, and people name folders that hold more
            metric.collect_dir = osp.join(args.tmpdir, 'parts')


def _evaluators(cfg: Config) -> list:
    evaluators = cfg.get('test_evaluator') or []
    return list(evaluators) if isinstance(evaluators, list | tuple) else [evaluators]


def _choose_metrics(metric: dict[str, Any], names: list[str]) -> None:
    family = _family(metric)
    known = _NAMES.get(family, ())
    unknown = [name for name in names if name not in known]
    if unknown:
        hint = f'it has {", ".join(known)}' if known else 'leave --eval out'
        raise UsageError(f'--eval {" ".join(unknown)}: {metric["type"]} does not measure it; {hint}')
    if family in _SETTINGS:
        metric[_SETTINGS[family]] = list(names)


def _family(metric: dict[str, Any]) -> str:
    """Find which metric of the table one is, or is a subclass of; empty for others."""
    import mmaction.evaluation  # noqa: F401  (registers the metrics)
    from mmaction.registry import METRICS

    kind = METRICS.get(metric['type']) if isinstance(metric['type'], str) else metric['type']
    for name in _NAMES:
        base = METRICS.get(name)
        if isinstance(kind, type) and isinstance(base, type) and issubclass(kind, base):
            return name
    return ''


def _set_options(metric: dict[str, Any], options: dict[str, Any]) -> None:
    from mmengine.config import Config

    family = _family(metric)
    if family not in _SETTINGS:
        raise UsageError(f'--eval-options are for {" and ".join(_SETTINGS)}, not for {metric["type"]}')
    nested = Config()
    nested.merge_from_dict(options)  # the keys have dots
    options = nested.to_dict()
    chosen = options.pop('metric_options', {})
    if family == 'AccMetric' and 'topk' in options:
        chosen['top_k_accuracy'] = dict(topk=options.pop('topk'))
    if options:
        raise UsageError(f'--eval-options {", ".join(options)}: only topk and metric_options.METRIC.OPTION are known')
    for name, values in chosen.items():
        if isinstance(values.get('topk'), int):
            chosen[name] = dict(values, topk=(values['topk'],))
    metric['metric_options'] = {**(metric.get('metric_options') or {}), **chosen}


def dump_predictions(cfg: Config, path: str) -> None:
    """Add the metric that writes all predictions to a file."""
    cfg.test_evaluator = [*_evaluators(cfg), dict(type='DumpResults', out_file_path=path)]


def scores_path(out: str) -> str:
    """Name the file that predictions pass through on their way to ``out``."""
    return f'{out}.predictions.pkl'


def write_scores(out: str) -> None:
    """Write predictions in the form of 0.x: one row of scores per sample; other tasks' as they are."""
    from mmengine.dist import is_main_process
    from mmengine.fileio import dump, load

    if not is_main_process():
        return
    source = scores_path(out)
    rows = [_row(prediction) for prediction in load(source)]
    if not out.endswith(('.pkl', '.pickle')):
        rows = _plain(rows)
    dump(rows, out)
    os.remove(source)
    print(f'The scores are at {out}.')


def _row(prediction: Any) -> Any:
    score = prediction.get('pred_score') if isinstance(prediction, dict) else None
    if isinstance(score, dict):  # of several components
        return {name: part.numpy() for name, part in score.items()}
    return prediction if score is None else score.numpy()


def _plain(value: Any) -> Any:
    """Replace arrays and NumPy scalars, within lists and dicts, by what JSON and YAML have."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.tolist() if hasattr(value, 'tolist') else value


def fuse_conv_bn(module: Any) -> int:
    """Fuse each convolution with the batch normalization that follows it among the children of a module.

    Args:
        module: changed in place; in evaluation mode.

    Returns:
        The number of fused pairs.
    """
    from torch import nn
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    fused = 0
    convolution: str | None = None
    for name, child in list(module.named_children()):
        if isinstance(child, nn.Conv2d | nn.Conv3d) and type(child) in (nn.Conv2d, nn.Conv3d):
            convolution = name
        elif isinstance(child, nn.BatchNorm2d | nn.BatchNorm3d | nn.SyncBatchNorm):
            if convolution and getattr(module, convolution).out_channels == child.num_features:
                before = getattr(module, convolution)
                setattr(module, convolution, fuse_conv_bn_eval(before.eval(), child.eval()))
                setattr(module, name, nn.Identity())
                fused += 1
            convolution = None
        else:
            convolution = None
            fused += fuse_conv_bn(child)
    return fused
