"""Action detectors as exported networks: boxes to classify are a second input."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from mmaction.models.common.roi_align import RoIAlign
from mmaction.models.common.roi_pool import RoIPool
from mmaction.models.detectors import FastRCNN


# --- layers of heads that ONNX has under another form ---------------------------------------------------------------
class OnnxRoIAlign(nn.Module):
    """The operator RoiAlign of ONNX in place of :class:`RoIAlign`; it runs in exported files only.

    Args:
        layer: the layer that it stands for.

    Raises:
        ValueError: the layer takes the largest sampling point, which the operator does in another way.
    """

    def __init__(self, layer: RoIAlign) -> None:
        super().__init__()
        if layer.pool_mode != 'avg':
            raise ValueError(f"pool_mode ({layer.pool_mode!r}) of RoIAlign must be 'avg' for the export to ONNX.")
        self.output_size = layer.output_size
        self._attributes: dict[str, Any] = dict(
            mode='avg',
            output_height=layer.output_size[0],
            output_width=layer.output_size[1],
            sampling_ratio=layer.sampling_ratio,
            spatial_scale=layer.spatial_scale,
            coordinate_transformation_mode='half_pixel' if layer.aligned else 'output_half_pixel',
        )

    def forward(self, features: Tensor, rois: Tensor) -> Tensor:
        """Pool features (N, C, H, W) at rois (R, 5): (R, C, height, width)."""
        pooled: Tensor = torch.onnx.ops.symbolic(
            'RoiAlign',
            (features, rois[:, 1:], rois[:, 0].long()),
            self._attributes,
            dtype=features.dtype,
            shape=(rois.shape[0], features.shape[1], *self.output_size),
            version=16,
        )
        return pooled


def _no_roi_pool(layer: RoIPool) -> nn.Module:
    raise ValueError("RoIPool cannot be exported to ONNX; use roi_layer_type='RoIAlign' of the bbox_roi_extractor.")


class _Whole(nn.Module):
    """Average or maximum over the dimensions that adaptive pooling reduces to 1; others must stay as they are."""

    def __init__(self, layer: nn.AdaptiveAvgPool3d | nn.AdaptiveMaxPool3d) -> None:
        super().__init__()
        sizes: Any = layer.output_size
        sizes = sizes if isinstance(sizes, tuple) else (sizes,) * 3
        if any(size not in (1, None) for size in sizes):
            raise ValueError(f'{layer} cannot be exported to ONNX: each of its sizes must be 1 or None.')
        self._dims = [place for place, size in enumerate(sizes, 2) if size == 1]
        self._reduce: Callable[..., Tensor] = torch.mean if isinstance(layer, nn.AdaptiveAvgPool3d) else torch.amax

    def forward(self, x: Tensor) -> Tensor:
        return self._reduce(x, self._dims, keepdim=True)


class _GridPool(nn.Module):
    """Adaptive average pooling to a grid as two matrix products."""

    def __init__(self, layer: nn.AdaptiveAvgPool2d) -> None:
        super().__init__()
        sizes: Any = layer.output_size
        self._rows, self._columns = sizes if isinstance(sizes, tuple) else (sizes, sizes)

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[-2:]
        return _bins(self._rows, height, x) @ x @ _bins(self._columns, width, x).T


def _bins(count: int, length: int, like: Tensor) -> Tensor:
    """Weights (count, length) of the average over each bin of adaptive pooling; the length may vary."""
    place = torch.arange(count, device=like.device)
    first = place * length // count
    end = ((place + 1) * length + count - 1) // count  # rounded up
    pixel = torch.arange(length, device=like.device)
    inside = (pixel >= first[:, None]) & (pixel < end[:, None])
    return inside.to(like) / (end - first)[:, None]


_TWINS: dict[type[nn.Module], Callable[[Any], nn.Module]] = {
    RoIAlign: OnnxRoIAlign,
    RoIPool: _no_roi_pool,
    nn.AdaptiveAvgPool3d: _Whole,
    nn.AdaptiveMaxPool3d: _Whole,
    nn.AdaptiveAvgPool2d: _GridPool,
}


def exportable(module: nn.Module) -> Any:
    """A module with the same weights, whose layers ONNX has; the module itself stays as it is.

    Raises:
        ValueError: a layer cannot be exported.
    """
    make = _TWINS.get(type(module))
    if make is not None:
        return make(module)
    children = {name: child and exportable(child) for name, child in module._modules.items()}
    if all(children[name] is child for name, child in module._modules.items()):
        return module
    twin = copy.copy(module)
    twin.__dict__['_modules'] = children
    return twin


# --- the network ----------------------------------------------------------------------------------------------------
class DetectorNetwork(nn.Module):
    """Class scores (R, classes) of boxes, before the sigmoid or softmax.

    Args:
        model: the detector.
        roi_head: its head, or the :func:`exportable` one.
    """

    def __init__(self, model: FastRCNN, roi_head: nn.Module | None = None) -> None:
        super().__init__()
        self.model = model
        self.roi_head: Any = roi_head or model.roi_head

    def forward(self, inputs: Tensor, rois: Tensor) -> Tensor:
        """Run backbone, neck and head.

        Args:
            inputs: (N, C, T, H, W), normalized.
            rois: (R, 5): index of the sample, and the box xyxy in pixels of the input.
        """
        scores: Tensor = self.roi_head._bbox_forward(self.model.extract_feat(inputs), rois, [{}])['cls_score']
        return scores
