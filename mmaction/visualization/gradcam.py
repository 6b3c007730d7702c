"""Grad-CAM: the regions of a clip that a prediction depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args, runtime_checkable

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.model import BaseModel
from torch import Tensor, nn

from mmaction.models import BaseRecognizer
from mmaction.utils.check import pick
from mmaction.utils.overrides import ReportsUnusedHooks
from mmaction.visualization.chunked_gradients import in_chunks

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ['GradCAM', 'Target', 'class_activation', 'find_layer', 'heat_frames']

Target = Literal['prob', 'score']
_ROWS = {5: 8, 6: 1}  # at once: of (N, S, C, H, W) and of (N, V, C, T, H, W)
# a map (B, C, T, H, W), and class tokens (B, C, 1 or T, 1, 1) beside it
TokenMaps = tuple[Tensor, Tensor | None]


@runtime_checkable
class ArrangesTokens(Protocol):
    """A backbone whose layers pass on tokens, such as a transformer."""

    def token_maps(self, output: Any, clip: Sequence[int]) -> TokenMaps | None:
        """Put the output of a layer back on its grid.

        Args:
            output: what the layer returns.
            clip: shape (B, C, T, H, W) of the input of the backbone.

        Returns:
            The map (B, C', T', H', W'), and class tokens (B, C', 1 or T', 1, 1) if there are any; None for an output
            that is not made of tokens.
        """


@runtime_checkable
class GivesProbabilities(Protocol):
    """A head that turns class scores into probabilities."""

    def probabilities(self, scores: Tensor) -> Tensor:
        """Probabilities of class scores (..., C)."""


def find_layer(model: nn.Module, name: str) -> nn.Module:
    """Find the module of a name such as ``backbone/layer4/1/relu``; dots work like slashes."""
    layer = model
    for part in name.replace('/', '.').split('.'):
        children = dict(layer.named_children())
        if part not in children:
            raise ValueError(
                f'{name!r} names no layer of the model: {type(layer).__name__} has no {part!r}, but {sorted(children)}.'
            )
        layer = children[part]
    return layer


def has_layer(model: nn.Module, name: str) -> bool:
    """True if :func:`find_layer` finds a module."""
    return name.replace('/', '.') in dict(model.named_modules())


def class_activation(activations: Tensor, gradients: Tensor, class_tokens: Tensor | None = None) -> Tensor:
    """Compute the map of Grad-CAM (https://arxiv.org/abs/1610.02391, eq. 1 and 2), separately for each time step.

    Args:
        activations: (B, C, H, W) or (B, C, T, H, W).
        gradients: gradients of the same shape.
        class_tokens: gradients of class tokens beside the map, (B, C, 1 or T, 1, 1). They count like the gradient of
            one more position: after the last layer the prediction depends on the class token alone.

    Returns:
        (B, H, W) or (B, T, H, W), not negative.
    """
    weights = gradients.mean(dim=(-2, -1), keepdim=True)
    if class_tokens is not None:
        steps = activations.shape[2] // class_tokens.shape[2]
        weights = weights + class_tokens / (steps * activations.shape[-2] * activations.shape[-1])
    return (weights * activations).sum(dim=1).relu()


def heat_frames(frames: Tensor, heat: Tensor, colormap: str = 'viridis', alpha: float = 0.5) -> Tensor:
    """Blend frames with a colored map.

    Args:
        frames: (..., 3) in 0..1.
        heat: (...) in 0..1.
        colormap: a color map of matplotlib.
        alpha: weight of the map, in [0, 1].

    Returns:
        (..., 3) in 0..1.

    Raises:
        ValueError: ``alpha`` is out of range.
    """
    import matplotlib

    if not 0 <= alpha <= 1:
        raise ValueError(f'alpha ({alpha}) must be in [0, 1].')
    colors = torch.as_tensor(np.asarray(matplotlib.colormaps[colormap](np.linspace(0, 1, 256)))[:, :3])
    colored = colors.to(frames)[(heat * 255).round().long().clamp(0, 255)]
    return alpha * colored + (1 - alpha) * frames


def _arranged(model: nn.Module, output: Any, clip: Sequence[int]) -> TokenMaps | None:
    backbone = getattr(model, 'backbone', None)
    arranged = backbone.token_maps(output, clip) if isinstance(backbone, ArrangesTokens) else None
    if arranged is None and isinstance(output, Tensor) and output.ndim in (4, 5):
        return output, None
    return arranged


@torch.no_grad()
def last_layer(model: BaseModel, data: Mapping[str, Any]) -> str:
    """Name of the last layer of the backbone whose output keeps the image plane, for :class:`GradCAM`.

    Args:
        model: the recognizer, in evaluation mode.
        data: a batch, as :class:`GradCAM` takes it.

    Raises:
        ValueError: no layer does.
    """
    inputs = model.data_preprocessor(data, training=False)['inputs']
    frames = getattr(model, 'num_segments', None) or 1
    clip = inputs.flatten(0, 1)[:frames]
    names: list[str] = []
    handles = []
    for name, module in model.backbone.named_modules():
        if not name:  # the backbone itself
            continue

        def after(_: nn.Module, __: Any, output: Any, name: str = name) -> None:
            arranged = _arranged(model, output, clip.shape)
            if arranged is not None and arranged[0].shape[-2:].numel() > 1:
                names.append(name)

        handles.append(module.register_forward_hook(after))
    try:
        model.backbone(clip)
    finally:
        for handle in handles:
            handle.remove()
    if not names:
        raise ValueError(f'No layer of {type(model.backbone).__name__} gives a map of the frames.')
    return f'backbone/{names[-1].replace(".", "/")}'


def _raw(data: Mapping[str, Any]) -> Tensor:
    """The inputs of a batch as one tensor."""
    raw = data['inputs']
    return torch.stack(list(raw)) if isinstance(raw, list | tuple) else raw


class GradCAM(ReportsUnusedHooks):
    """Grad-CAM of a 2D or 3D recognizer whose layers keep the image plane, or pass on tokens of its patches.

    Args:
        model: the recognizer.
        target_layer_name: layer whose output is explained, e.g. ``'backbone/layer4/1/relu'``. Where a layer runs
            several times, as the activation of a residual block, its last output counts. In a transformer a block or
            the norm of one, e.g. ``'backbone/norm'``: its backbone has :meth:`ArrangesTokens.token_maps`.
        colormap: a color map of matplotlib.
    """

    unused_hooks = dict.fromkeys(
        ('_register_hooks', '_calculate_localization_map', '_alpha_blending'), 'Override __call__.'
    )
    calls_hooks = '__call__'

    def __init__(self, model: BaseModel, target_layer_name: str, colormap: str = 'viridis') -> None:
        import matplotlib

        if colormap not in matplotlib.colormaps:
            raise ValueError(f'colormap ({colormap!r}) is not a color map of matplotlib.')
        self.model = model
        self.layer_name = target_layer_name
        self.layer = find_layer(model, target_layer_name)
        self.colormap = colormap

    def _arrange(self, output: Any, clip: Sequence[int]) -> TokenMaps:
        """The output of the layer as a map, and the class tokens beside it."""
        arranged = _arranged(self.model, output, clip)
        if arranged is not None:
            return arranged
        shape = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
        raise ValueError(
            f'{self.layer_name} gives {shape}; Grad-CAM needs a layer with (B, C, H, W) or (B, C, T, H, W), or the '
            'tokens of all patches, as after a block of a transformer.'
        )

    @contextmanager
    def _watch(self, rows: int | None) -> Iterator[list[Tensor]]:
        """Record the map of the last output of the layer, (B, H, W) or (B, T, H, W), in chunks of so many rows."""
        maps: list[Tensor] = []
        clips: list[Sequence[int]] = [()]  # shape of the input of the backbone
        last: list[object] = [None]

        def note(clip: torch.Size) -> None:
            clips[0] = clip

        def after(_: nn.Module, __: Any, output: Any) -> None:
            tokens = output[0] if isinstance(output, tuple) else output  # (tokens, their grid)
            if not isinstance(tokens, Tensor):
                self._arrange(output, clips[0])  # raises
            if not tokens.requires_grad:
                return  # the first pass over a chunk, which is run again
            use = last[0] = object()
            clip = clips[0]
            activations = self._arrange(output, clip)[0].detach().clone()  # a later step may work in place

            def keep(gradient: Tensor) -> None:
                if use is not last[0]:
                    return  # an earlier use of the layer
                like = (gradient, *output[1:]) if isinstance(output, tuple) else gradient
                gradients, class_tokens = self._arrange(like, clip)
                maps.append(class_activation(activations.float(), gradients.float(), class_tokens))

            tokens.register_hook(keep)

        handle = self.layer.register_forward_hook(after)
        try:
            with in_chunks(self.model.backbone, rows, note):
                yield maps
        finally:
            handle.remove()

    def _rows(self, rows: int | None) -> int | None:
        """Rows of the backbone's input that run at once; None for all."""
        if rows is None or not isinstance(self.model, BaseRecognizer) or not self.model.limits_views:
            return None
        frames = self.model.num_segments or 1  # which a 2D backbone mixes, so that they run together
        return max(rows // frames, 1) * frames

    def __call__(
        self,
        data: Mapping[str, Any],
        use_labels: bool = False,
        alpha: float = 0.5,
        delta: float = 1e-20,
        target: Target = 'prob',
        rows_at_once: int | Literal['default'] | None = 'default',
    ) -> tuple[Tensor, Tensor]:
        """Explain the predictions for a batch.

        Args:
            data: a batch of the data loader: ``inputs``, a list of uint8 tensors (or one of a batch), and
                ``data_samples``.
            use_labels: explain the true class instead of the best one.
            alpha: weight of the map in the result, in [0, 1]; the frames have the rest.
            delta: added to the range of a map before the division by it.
            target: follow the gradient of the probability (``'prob'``) or of the score before it (``'score'``).
            rows_at_once: frames of a 2D recognizer, or views of a 3D one, in one pass through the backbone. It bounds
                the memory and leaves the result alone; None for no limit. Default: 8 frames, or one view.

        Returns:
            The frames blended with the map, float (N, S, H, W, 3) in 0..1 for the S frames of a sample of a 2D
            recognizer, or (N * V, T, H, W, 3) for its V views of T frames in a 3D recognizer, each with a map of its
            own; and the averaged class scores (N, classes).
        """
        heat, scores = self.heat(data, use_labels, delta, target, rows_at_once)
        frames = self._frames(_raw(data)).to(heat)
        return heat_frames(frames, heat, self.colormap, alpha), scores

    def heat(
        self,
        data: Mapping[str, Any],
        use_labels: bool = False,
        delta: float = 1e-20,
        target: Target = 'prob',
        rows_at_once: int | Literal['default'] | None = 'default',
    ) -> tuple[Tensor, Tensor]:
        """Compute the maps alone, with the arguments of a call.

        Returns:
            Maps in 0..1 of the size of the frames, (N, S, H, W) or (N * V, T, H, W); and the averaged class scores
            (N, classes).
        """
        pick(get_args(Target), target, 'target')
        raw = _raw(data)
        batch = self.model.data_preprocessor(dict(data, inputs=list(raw)), training=False)
        inputs, samples = batch['inputs'].detach().requires_grad_(True), batch['data_samples']

        was_training = self.model.training
        self.model.eval()
        try:
            rows = self._rows(_ROWS[inputs.ndim] if rows_at_once == 'default' else rows_at_once)
            with self._watch(rows) as maps, torch.enable_grad():
                logits = self.model(inputs, mode='tensor', stage='head').unflatten(0, (len(inputs), -1))  # (N, V, C)
                if target == 'prob':
                    logits = self._probabilities(logits)
                scores = logits.mean(dim=1)  # (N, V, C) -> (N, C)
                best = scores.argmax(dim=1)
                if use_labels:
                    best = torch.stack([sample.gt_label[0] for sample in samples])
                chosen = scores.gather(1, best.to(scores.device)[:, None]).sum()
                torch.autograd.grad(chosen, inputs)  # fills `maps` on its way; parameters keep their gradients
        finally:
            self.model.train(was_training)
        if not maps:
            raise ValueError(f'{self.layer_name} takes no part in the prediction.')
        cam = torch.cat(maps)
        return self._maps(cam, raw.shape, delta), scores.detach()

    def blended(self, data: Mapping[str, Any], heat: Tensor, alpha: float = 0.5) -> Iterator[np.ndarray]:
        """Blend the frames with their maps one by one, as uint8 (H, W, 3): all at once take many times their memory.

        Args:
            data: the batch.
            heat: its maps, of :meth:`heat`.
            alpha: weight of the maps, in [0, 1].
        """
        raw = _raw(data)
        if raw.dtype != torch.uint8:  # normalized frames are scaled by the range of all of them
            raw = (self._frames(raw) * 255).round().byte().movedim(-1, 2)
        elif raw.ndim == 6:
            raw = raw.transpose(2, 3).flatten(0, 1)
        for frame, own in zip(raw.flatten(0, 1), heat.flatten(0, 1)):
            shown = heat_frames(frame.movedim(0, -1).to(own) / 255, own, self.colormap, alpha)
            yield (shown * 255).round().byte().cpu().numpy()

    def _probabilities(self, scores: Tensor) -> Tensor:
        head = getattr(self.model, 'cls_head', None)
        return head.probabilities(scores) if isinstance(head, GivesProbabilities) else scores.softmax(dim=-1)

    @staticmethod
    def _maps(cam: Tensor, shape: torch.Size, delta: float) -> Tensor:
        """Resize maps to the frames and normalize them to 0..1.

        Args:
            cam: (B, H', W') or (B, T', H', W').
            shape: shape of the inputs: (N, S, C, H, W) or (N, V, C, T, H, W).
            delta: added to the range before dividing by it, so that a constant map gives no NaN.

        Returns:
            (N, S, H, W) or (N * V, T, H, W).
        """
        if len(shape) == 6:
            n, v, _, t, h, w = shape  # T frames of each of V views
            if cam.ndim == 3:
                cam = cam.unflatten(0, (n * v, -1))  # a 2D layer in a 3D recognizer: time is in the batch
            cam = F.interpolate(cam[:, None], (t, h, w), mode='trilinear', align_corners=False)[:, 0]  # (N*V, T, H, W)
        elif len(shape) == 5:
            n, s, _, h, w = shape
            cam = cam.reshape(-1, 1, *cam.shape[-2:])
            if len(cam) != n * s:
                raise ValueError(f'The layer gives {len(cam)} maps for {n * s} frames.')
            cam = F.interpolate(cam, (h, w), mode='bilinear', align_corners=False).reshape(n, s, h, w)
        else:
            raise ValueError(f'The inputs of a sample must be (S, C, H, W) or (V, C, T, H, W), got {tuple(shape[1:])}.')
        low = cam.amin(dim=(1, 2, 3), keepdim=True)
        high = cam.amax(dim=(1, 2, 3), keepdim=True)
        return (cam - low) / (high - low + delta)

    @staticmethod
    def _frames(raw: Tensor) -> Tensor:
        """Inputs as frames in 0..1, (N, S, H, W, 3) or (N * V, T, H, W, 3)."""
        if raw.ndim == 6:
            raw = raw.transpose(2, 3).flatten(0, 1)  # (N, V, C, T, H, W) -> (N*V, T, C, H, W)
        frames = raw.movedim(2, -1).float()
        if raw.dtype == torch.uint8:
            return frames / 255
        low, high = frames.amin(), frames.amax()
        return (frames - low) / (high - low).clamp(min=1e-6)
