"""Largest difference of the scores in lower precision from those in float32, and time of int8 and compiled networks.

    python benchmarks/precision.py [VIDEO] [--dtype bf16|fp16|int8] [--device cpu] [--compile] [--threads 1]

Three models of the zoo in full size, with weights that depend on the names of the entries alone, predict one clip of
the video (the validation pipeline of their config). Printed per model: the largest difference of a class score before
the softmax, beside the range of these scores, the largest difference of a probability, and whether the best class is
the same. ``int8`` is the network as an ONNX file, quantized on this clip, in onnxruntime; CPU seconds of it and of
torch in float32 are printed beside, in turns, best of five. With ``--compile``, CPU seconds of one network of each
family as it is and compiled, in turns, best of five, and wall seconds of the compilation.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from torch import Tensor, nn

from mmaction.apis import inference_recognizer, init_recognizer
from mmaction.deploy import OnnxBackend, calibration_inputs, export_onnx, quantize_onnx
from mmaction.inference.pipeline import pipeline_of
from mmaction.inference.precision import compile_model, set_precision
from mmaction.inference.run import PredictOptions
from mmaction.testing import fill_state_dict

ROOT = Path(__file__).resolve().parent.parent
MODELS = {
    'TSN-R50': 'tsn/tsn_imagenet-pretrained-r50_8xb32-1x1x8-100e_kinetics400-rgb.py',
    'SlowOnly-R50': 'slowonly/slowonly_r50_8xb16-8x8x1-256e_kinetics400-rgb.py',
    'Swin-T': 'swin/swin-tiny-p244-w877_in1k-pre_8xb8-amp-32x2x1-30e_kinetics400-rgb.py',
}
COMPILED = {  # config and shape of the input
    'TSN-R50': (MODELS['TSN-R50'], (8, 3, 224, 224)),
    'TSM-R50': ('tsm/tsm_imagenet-pretrained-r50_8xb16-1x1x8-50e_kinetics400-rgb.py', (8, 3, 224, 224)),
    'SlowOnly-R50': (MODELS['SlowOnly-R50'], (1, 3, 8, 224, 224)),
    'X3D-S': ('x3d/x3d_s_13x6x1_facebook-kinetics400-rgb.py', (1, 3, 13, 182, 182)),
    'Swin-T': (MODELS['Swin-T'], (1, 3, 32, 224, 224)),
    'UniFormer-S': ('uniformer/uniformer-small_imagenet1k-pre_16x4x1_kinetics400-rgb.py', (1, 3, 16, 224, 224)),
    'VideoMAE-B': ('videomae/vit-base-p16_videomae-k400-pre_16x4x1_kinetics-400.py', (1, 3, 16, 224, 224)),
    'ST-GCN++': ('../skeleton/stgcnpp/stgcnpp_8xb16-joint-u100-80e_ntu60-xsub-keypoint-2d.py', (1, 2, 100, 17, 3)),
    'PoseC3D': ('../skeleton/posec3d/slowonly_r50_8xb16-u48-240e_ntu60-xsub-keypoint.py', (1, 17, 48, 56, 56)),
}


def build(path: str, device: str) -> nn.Module:
    """Build a model in float32 with weights by the names of its entries."""
    cfg = Config.fromfile(ROOT / 'configs' / 'recognition' / path)
    cfg.test_pipeline = cfg.get('val_pipeline', cfg.test_pipeline)
    return fill_state_dict(init_recognizer(cfg, device=device)).eval()


def scores(model: nn.Module, video: str) -> Tensor:
    """Class scores of one clip before the softmax."""
    sample = inference_recognizer(model, video, options=PredictOptions(average_clips='score'))
    return sample.pred_score.cpu()


def compare(name: str, video: str, dtype: str, device: str) -> None:
    """Print the differences of one model."""
    model = build(MODELS[name], device)
    exact = scores(model, video)
    found = scores(set_precision(model, dtype), video)
    difference = float((found - exact).abs().max())
    probability = float((found.softmax(0) - exact.softmax(0)).abs().max())
    print(
        f'{name}: scores {difference:.2g} (from {float(exact.min()):.2f} to {float(exact.max()):.2f}), '
        f'probabilities {probability:.2g} (up to {float(exact.softmax(0).max()):.2g}), '
        f'the same best class: {bool(found.argmax() == exact.argmax())}'
    )


def compare_int8(name: str, video: str, threads: int) -> None:
    """Print the differences and the time of one model, exported and quantized."""
    model = build(MODELS[name], 'cpu')
    inputs = model.data_preprocessor(pseudo_collate([pipeline_of(model)(video)]), False)['inputs']
    samples = list(calibration_inputs(model, [video], tuple(inputs.shape)))
    with tempfile.TemporaryDirectory() as folder:
        plain, quantized = f'{folder}/plain.onnx', f'{folder}/int8.onnx'
        export_onnx(model, plain, inputs.shape, opset=18)
        report = quantize_onnx(plain, quantized, samples)
        backend = OnnxBackend(quantized, threads=threads)
    best = dict(torch=float('inf'), int8=float('inf'))
    with torch.inference_mode():
        for _ in range(5):
            best['torch'] = min(best['torch'], seconds_of(lambda: model(inputs, mode='tensor'), time.process_time))
            best['int8'] = min(best['int8'], seconds_of(lambda: backend.run(samples[0]), time.process_time))
    print(
        f'{name}: scores {report.difference:.2g} (from {report.scores[0]:.2f} to {report.scores[1]:.2f}), the same '
        f'best class: {report.same_best} of {report.rows}; torch {best["torch"]:.3f} s, int8 {best["int8"]:.3f} s '
        f'(x{best["torch"] / best["int8"]:.2f})'
    )


def seconds_of(work: Callable[[], object], clock: Callable[[], float]) -> float:
    """Seconds of one run by a clock."""
    start = clock()
    work()
    return clock() - start


def time_compiled(name: str, device: str) -> None:
    """Print the time of the network of one model, plain and compiled."""
    path, shape = COMPILED[name]
    plain, compiled = build(path, device), build(path, device)
    compile_model(compiled)
    frames = torch.rand(shape, device=device)
    with torch.inference_mode():
        first = seconds_of(lambda: compiled.backbone(frames), time.perf_counter)
        difference = float((compiled.backbone(frames) - plain.backbone(frames)).abs().max())
        best = dict(plain=float('inf'), compiled=float('inf'))
        for _ in range(5):
            for key, model in (('plain', plain), ('compiled', compiled)):
                best[key] = min(best[key], seconds_of(lambda net=model: net.backbone(frames), time.process_time))
    print(
        f'{name} {shape}: {best["plain"]:.3f} s, compiled {best["compiled"]:.3f} s '
        f'(x{best["plain"] / best["compiled"]:.2f}), compilation {first:.0f} s, features differ by {difference:.2g}'
    )


def main() -> None:
    """Compare the models, and time the compiled one on request."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('video', nargs='?', default=str(ROOT / 'demo' / 'demo.mp4'))
    parser.add_argument('--dtype', default='bf16', choices=['bf16', 'fp16', 'int8'])
    parser.add_argument('--device', default='cpu')
    parser.add_argument('--compile', action='store_true', help='time networks, compiled, in place of the above')
    parser.add_argument('--networks', nargs='+', choices=COMPILED, help='those of --compile; default: all')
    parser.add_argument('--threads', type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    if args.compile:
        for name in args.networks or COMPILED:
            time_compiled(name, args.device)
        return
    for name in MODELS:
        if args.dtype == 'int8':
            compare_int8(name, args.video, args.threads)
        else:
            compare(name, args.video, args.dtype, args.device)


if __name__ == '__main__':
    main()
