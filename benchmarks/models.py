"""Time of a forward pass and of a training step of each family of recognizers, as ratios in one run.

    python benchmarks/models.py [FAMILY ...] [--size 112] [--repeat 3] [--threads 1] [--device cpu] [--out models.json]

A family is a folder of ``configs/recognition`` or ``configs/recognition_audio``; its smallest model stands for it (by
the parameters in its metafile; else its first config), with random weights, on a view of a validation sample of
``size`` x ``size`` pixels, or of the config's own size where the model is bound to that.

- ``forward``: evaluation, no gradients; ``train_step``: loss and gradients, in training mode;
- ``channels_last``: how many times as fast with channels innermost in inputs and weights as with them before space,
  for networks with convolutions over space;
- ``sdpa``: how many times as fast with ``scaled_dot_product_attention`` as with the explicit softmax(q k^T) v, for
  networks that call it;
- ``packed``: how many times as fast with the convolutions packed and run in one pass with their norm and activation, on
  a CPU without gradients, as layer by layer.

The variants of a comparison take turns, and their scores are compared before they are timed. A family that does not
build or run is reported with its error, and the others go on.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
import yaml
from mmengine.config import Config
from mmengine.logging import MMLogger
from torch import Tensor, nn

from mmaction.models.common.packed_conv import layer_by_layer
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.utils import register_all_modules

ROOT = Path(__file__).resolve().parent.parent / 'configs'
TASKS = ('recognition', 'recognition_audio')
MEL_BANDS = 80


# --- what to run ------------------------------------------------------------------------------------------------------
def families() -> dict[str, Path]:
    """Folders of the families by name; one below ``recognition_audio`` is ``audio/<name>``."""
    folders = {task: sorted(p for p in (ROOT / task).glob('*') if any(p.glob('*.py'))) for task in TASKS}
    return {('' if task == TASKS[0] else 'audio/') + p.name: p for task, paths in folders.items() for p in paths}


def representative(folder: Path) -> Path:
    """The config of the smallest model of a family."""
    metafile = folder / 'metafile.yml'
    if metafile.is_file():
        models = yaml.safe_load(metafile.read_text())['Models']
        sizes = [(m['Metadata'].get('Parameters'), m['Config']) for m in models]
        known = [(int(size), ROOT.parent / config) for size, config in sizes if str(size).isdigit()]
        own = [pair for pair in known if pair[1].parent == folder]  # those below it borrow backbones
        if own or known:
            return min(own or known, key=lambda pair: pair[0])[1]
    return min(folder.glob('*.py'))


def without_weights(cfg: Any) -> Any:
    """A config of a model that fetches nothing."""
    if isinstance(cfg, list | tuple):
        return type(cfg)(without_weights(part) for part in cfg)
    if not isinstance(cfg, dict):
        return cfg
    out = {}
    for key, value in cfg.items():
        if key == 'init_cfg' and isinstance(value, dict) and value.get('type') == 'Pretrained':
            continue
        if key in ('pretrained', 'clip_pretrained'):
            value = False if isinstance(value, bool) else None
        out[key] = without_weights(value)
    return out


def layout(cfg: Config, size: int | None) -> tuple[int, ...]:
    """Shape of a view of a validation (or test) sample: (S, C, H, W), (1, C, T, H, W) or, of a sound, (1, 1, T, F)."""
    loader = cfg.get('val_dataloader') or cfg.test_dataloader  # a config for tests only has but the latter
    pipeline = loader.dataset.pipeline
    steps = {step['type']: step for step in pipeline}
    if 'LoadAudioFeature' in steps:
        return (1, 1, steps['AudioFeatureSelector'].get('fixed_length', 128), MEL_BANDS)
    sample = next(step for step in pipeline if 'clip_len' in step)
    crops = [step for step in pipeline if step['type'] in ('CenterCrop', 'ThreeCrop', 'TenCrop')]
    own = crops[-1]['crop_size'] if crops else 224
    side = size or (own if isinstance(own, int) else own[0])
    channels = cfg.model.backbone.get('in_channels', 3)
    channels = channels if channels in (2, 3, 10) else 3
    if steps['FormatShape']['input_format'] == 'NCHW':
        return (sample.get('num_clips', 1) * sample['clip_len'], channels, side, side)
    return (1, channels, sample['clip_len'], side, side)


def build(config: Path, size: int, batch_size: int, device: str) -> tuple[nn.Module, Tensor]:
    """The model and an input that it takes: of ``size``, or of the config's own."""
    cfg = Config.fromfile(config)
    model = MODELS.build(dict(without_weights(cfg.to_dict()['model']), data_preprocessor=None)).to(device).eval()
    error = None
    for side in (size, None):
        shape = layout(cfg, side)
        inputs = torch.randn(batch_size, *shape, generator=torch.Generator().manual_seed(0)).to(device)
        try:
            with torch.inference_mode():
                model(inputs, stage='head')
            return model, inputs
        except (RuntimeError, ValueError, AssertionError, IndexError) as problem:
            error = error or problem
    raise error


# --- variants ---------------------------------------------------------------------------------------------------------
def innermost(x: Tensor) -> Tensor:
    """The same values with the channels innermost; those of (N, S, C, ...) are its third dimension."""
    order = [0, 1, *range(3, x.ndim), 2]
    back = [0, 1, x.ndim - 1, *range(2, x.ndim - 1)]
    return x.permute(order).contiguous().permute(back)


def set_memory_format(model: nn.Module, channels_last: bool) -> None:
    """Lay the weights of all convolutions out."""
    formats = {4: torch.channels_last, 5: torch.channels_last_3d}
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Conv3d):
            weight = module.weight
            kind = formats[weight.ndim] if channels_last else torch.contiguous_format
            weight.data = weight.data.contiguous(memory_format=kind)


def convolves_space(model: nn.Module) -> bool:
    """Whether there are convolutions beside those that cut patches."""
    convs = [m for m in model.modules() if isinstance(m, nn.Conv2d | nn.Conv3d)]
    return any(max(conv.kernel_size) > 1 and conv.kernel_size != conv.stride for conv in convs)


def explicit(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """Attention step by step, with the arguments of ``scaled_dot_product_attention``."""
    if enable_gqa:
        raise ValueError('enable_gqa is not compared.')
    weights = query @ key.transpose(-2, -1) * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)
    if is_causal:
        attn_mask = torch.ones(weights.shape[-2:], dtype=torch.bool, device=weights.device).tril()
    if attn_mask is not None:
        masked = attn_mask.dtype == torch.bool
        weights = weights.masked_fill(~attn_mask, -math.inf) if masked else weights + attn_mask
    return F.dropout(weights.softmax(-1), dropout_p) @ value


@contextmanager
def attention(function: Callable[..., Tensor]) -> Iterator[None]:
    """Let ``F.scaled_dot_product_attention`` be another function for a while."""
    before = F.scaled_dot_product_attention
    F.scaled_dot_product_attention = function
    try:
        yield
    finally:
        F.scaled_dot_product_attention = before


def attends(model: nn.Module, inputs: Tensor) -> bool:
    """Whether a pass calls ``scaled_dot_product_attention``."""
    calls = []
    before = F.scaled_dot_product_attention

    def counted(*args: Any, **kwargs: Any) -> Tensor:
        calls.append(1)
        return before(*args, **kwargs)

    with attention(counted), torch.inference_mode():
        model(inputs, stage='head')
    return bool(calls)


# --- measuring --------------------------------------------------------------------------------------------------------
def scores(model: nn.Module, inputs: Tensor) -> Tensor:
    with torch.inference_mode():
        out = model.eval()(inputs, stage='head')
    return out[0] if isinstance(out, tuple) else out


def train_step(model: nn.Module, inputs: Tensor) -> None:
    samples = [ActionDataSample().set_gt_label(0) for _ in range(len(inputs))]
    losses = model.train()(inputs, samples, mode='loss')
    sum(value for name, value in losses.items() if 'loss' in name).sum().backward()
    model.zero_grad(set_to_none=True)


def wait(device: torch.device) -> None:
    if device.type != 'cpu':
        torch.accelerator.synchronize()


def milliseconds(run: Callable[[], Any], device: torch.device) -> float:
    wait(device)
    start = time.perf_counter()
    run()
    wait(device)
    return 1000 * (time.perf_counter() - start)


Variant = tuple[Callable[[], Any], Tensor, Callable[[], Any]]  # preparation, inputs, context of a run


def compare(model: nn.Module, variants: dict[str, Variant], repeat: int) -> dict[str, dict]:
    """Milliseconds of each variant (median) and how many times as fast as the last one the first is."""
    want = None
    for prepare, inputs, context in variants.values():
        prepare()
        with context():
            got = scores(model, inputs)
        if want is not None:
            torch.testing.assert_close(got, want, rtol=1e-2, atol=1e-3 * float(want.abs().max() + 1))
        want = got
    result = {}
    for what, run in (('forward', scores), ('train_step', train_step)):
        times: dict[str, list[float]] = {name: [] for name in variants}
        for i in range(repeat + 1):
            for name, (prepare, inputs, context) in variants.items():
                prepare()
                with context():
                    ms = milliseconds(lambda inputs=inputs, run=run: run(model, inputs), inputs.device)
                if i:  # the first round warms up
                    times[name].append(ms)
        first, last = next(iter(times.values())), list(times.values())[-1]
        result[what] = {
            'ms': {name: round(statistics.median(values), 2) for name, values in times.items()},
            'speedup': round(statistics.median(b / a for a, b in zip(first, last)), 3),
        }
    return result


def measure(config: Path, args: argparse.Namespace) -> dict[str, Any]:
    """All figures of a model."""
    torch.manual_seed(0)
    model, inputs = build(config, args.size, args.batch_size, args.device)

    def nothing() -> None:
        pass

    plain: Variant = (nothing, inputs, nullcontext)
    report: dict[str, Any] = {
        'config': str(config.relative_to(ROOT.parent)),
        'input': list(inputs.shape),
        'parameters': sum(p.numel() for p in model.parameters()),
    }
    base = compare(model, {'plain': plain}, args.repeat)
    report['forward_ms'], report['train_step_ms'] = (base[w]['ms']['plain'] for w in ('forward', 'train_step'))
    if convolves_space(model):
        last: Variant = (lambda: set_memory_format(model, True), innermost(inputs), nullcontext)
        first: Variant = (lambda: set_memory_format(model, False), inputs, nullcontext)
        report['channels_last'] = compare(model, {'channels_last': last, 'contiguous': first}, args.repeat)
        set_memory_format(model, False)
        layers: Variant = (nothing, inputs, layer_by_layer)
        report['packed'] = compare(model, {'packed': plain, 'layers': layers}, args.repeat)
    if attends(model, inputs):
        stepwise: Variant = (nothing, inputs, lambda: attention(explicit))
        report['sdpa'] = compare(model, {'sdpa': plain, 'explicit': stepwise}, args.repeat)
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = families()
    parser.add_argument('families', nargs='*', metavar='FAMILY', help=f'default: all of {", ".join(known)}')
    parser.add_argument('--size', type=int, default=112, help='side of the input, px')
    parser.add_argument('--batch-size', type=int, default=1)
    parser.add_argument('--repeat', type=int, default=3, help='timed rounds')
    parser.add_argument('--threads', type=int, default=1, help='threads of torch')
    parser.add_argument('--device', default='cpu')
    parser.add_argument('--out', help='file for the JSON; it is printed in any case')
    args = parser.parse_args()
    unknown = sorted(set(args.families) - set(known))
    if unknown:
        parser.error(f'there is no family {", ".join(unknown)}; choose of {", ".join(known)}')
    torch.set_num_threads(args.threads)
    register_all_modules()
    MMLogger.get_instance('benchmark', log_level='ERROR')
    result: dict[str, Any] = {
        'torch': torch.__version__,
        'machine': platform.processor() or platform.machine(),
        'device': torch.cuda.get_device_name() if args.device.startswith('cuda') else args.device,
        'threads': args.threads,
        'families': {},
    }
    for name in args.families or known:
        try:
            config = representative(known[name])
            result['families'][name] = measure(config, args)
        except Exception as error:  # a family that others are at work on is no reason to lose the rest
            result['families'][name] = {'error': f'{type(error).__name__}: {error}'[:500]}
        print(name, json.dumps(result['families'][name]), flush=True)
    text = json.dumps(result, indent=1)
    print(text)
    if args.out:
        Path(args.out).write_text(text + '\n')


if __name__ == '__main__':
    main()
