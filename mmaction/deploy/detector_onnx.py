"""Action detectors as ONNX files: export, and prediction with an exported network."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.model import BaseModel, revert_sync_batchnorm
from torch import Tensor, nn

from mmaction.deploy.detector import DetectorNetwork, exportable
from mmaction.deploy.export import ExportReport, convert
from mmaction.deploy.onnx import INSTALL, OnnxBackend
from mmaction.inference.pipeline import config_of
from mmaction.models.base import Samples
from mmaction.models.detectors import FastRCNN
from mmaction.models.roi_heads import bbox2roi
from mmaction.utils import require
from mmaction.utils.check import at_least


def export_detector(
    model: nn.Module, path: str, num_frames: int, size: tuple[int, int], *, opset: int = 18
) -> ExportReport:
    """Write the network of an action detector as an ONNX file.

    Its inputs are ``input_tensor`` (N, 3, T, H, W), normalized, and ``rois`` (R, 5); its output is ``cls_score``
    (R, classes), before the sigmoid or softmax. The numbers of clips and boxes may vary, and height and width, too,
    where the network allows it.

    Args:
        model: the detector; set to evaluation mode.
        path: the file to write.
        num_frames: T.
        size: H and W of the example, and of all clips where they cannot vary.
        opset: version of the operators, at least 16.

    Raises:
        ValueError: the inputs do not fit the model, or it cannot be exported.
        ImportError: onnx or onnxscript is not installed.
    """
    require('onnx', INSTALL)
    require('onnxscript', INSTALL)
    at_least(16, opset, 'opset', 'RoiAlign has the pixel centers of RoIAlign from then on.')
    if not isinstance(model, FastRCNN):
        raise ValueError(f'{type(model).__name__} is no action detector; pytorch2onnx.py exports other models.')
    detector: Any = revert_sync_batchnorm(model.cpu().eval())
    height, width = size
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(2, 3, num_frames, height, width, generator=generator)
    corners = torch.rand(3, 2, 2, generator=generator).sort(1).values * torch.tensor([width, height])
    rois = torch.cat([torch.tensor([[0.0], [1], [0]]), corners.flatten(1)], 1)
    try:
        with torch.no_grad():
            outputs = (DetectorNetwork(detector)(inputs, rois),)
    except (RuntimeError, ValueError, KeyError) as error:  # KeyError: FBOHead looks its features up by the key frame
        raise ValueError(
            f'{type(model).__name__} cannot be exported with inputs of {tuple(inputs.shape)}: {error}'
        ) from error
    network = DetectorNetwork(detector, exportable(detector.roi_head)).eval()
    program = _exported(network, inputs, rois, opset)
    program.save(path)
    return ExportReport(path, program.model.opset_imports[''], str(program.model), (inputs, rois), outputs)


def _exported(network: DetectorNetwork, inputs: Tensor, rois: Tensor, opset: int) -> torch.onnx.ONNXProgram:
    """Export with varying heights and widths if the network allows it, else with those of the example."""
    dim = torch.export.Dim
    names = ['input_tensor', 'rois']
    boxes = {0: dim.DYNAMIC}
    try:
        sizes = {0: dim.DYNAMIC, 3: dim.AUTO, 4: dim.AUTO}
        return convert(network, (inputs, rois), (sizes, boxes), names, ['cls_score'], opset)
    except ValueError:
        return convert(network, (inputs, rois), ({0: dim.DYNAMIC}, boxes), names, ['cls_score'], opset)


class ExportedDetector(BaseModel):
    """A detector whose network runs in another runtime; predicts as the model does.

    Args:
        model: the detector that was exported; its weights are not used.
        backend: the network.

    Raises:
        ValueError: the model is no detector.
    """

    def __init__(self, model: Any, backend: OnnxBackend) -> None:
        if not isinstance(model, FastRCNN):
            raise ValueError(f'{type(model).__name__} is no action detector; ExportedModel runs other exported models.')
        super().__init__(data_preprocessor=model.data_preprocessor)
        self.cfg = config_of(model)
        self.roi_head = model.roi_head
        self._backend = backend

    def forward(self, inputs: Tensor, data_samples: Samples | None = None, mode: str = 'predict') -> Samples:
        """Classify the proposals of a batch, see :meth:`FastRCNN.predict`.

        Args:
            inputs: (N, C, T, H, W), as the data preprocessor returns them.
            data_samples: N samples with ``proposals.bboxes``; get ``pred_instances``.
            mode: ``'predict'``.
        """
        if mode != 'predict' or not data_samples:
            raise ValueError(
                f"mode ({mode!r}) must be 'predict', with samples: {self._backend.path} is an exported network."
            )
        boxes = [sample.proposals.bboxes for sample in data_samples]
        counts = [len(each) for each in boxes]
        rois = bbox2roi(boxes).float()
        check_sizes(self._backend, inputs)
        scores = torch.from_numpy(self._backend.run(inputs.float().cpu().numpy(), rois.cpu().numpy())[0])
        results = self.roi_head.bbox_head.predict_by_feat(
            rois=rois.cpu().split(counts),
            cls_scores=scores.split(counts),
            batch_img_metas=[sample.metainfo for sample in data_samples],
        )
        for sample, result in zip(data_samples, results):
            sample.pred_instances = result
        return data_samples


def check_sizes(backend: OnnxBackend, inputs: Tensor) -> None:
    """Raise ValueError if clips have another size than a network takes."""
    fixed = backend.input_shape
    if any(size not in (None, given) for size, given in zip(fixed, inputs.shape)):
        raise ValueError(
            f'{backend.path} takes clips of shape {fixed}, but the test pipeline makes {tuple(inputs.shape)}: export '
            f'with --num_frames {inputs.shape[2]} --shape {inputs.shape[3]} {inputs.shape[4]}.'
        )
