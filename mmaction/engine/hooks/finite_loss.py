"""A training whose loss is NaN or infinite, which no further step repairs."""

from __future__ import annotations

import math
import re

import torch
from mmengine.runner import Runner
from torch import nn

_REMEDIES = (
    'Try a lower learning rate or a longer warm-up, clip_grad=dict(max_norm=40) in optim_wrapper, training without '
    '--amp, and look for NaN in features or annotations. RuntimeInfoHook(check_loss_interval=0) trains on regardless.'
)
_LOSS = re.compile(r'train/(.*loss.*)')


class NonFiniteLossError(ValueError):
    """The loss of a training is NaN or infinite, and so are weights."""


def require_finite_loss(runner: Runner) -> None:
    """Look at the losses of the iteration that has just ended.

    A loss scaler skips the steps that overflow, and the training goes on; only weights that are no longer finite are
    lost for good. They are looked at where a loss is not finite, so that a sound run waits for no device.

    Raises:
        NonFiniteLossError: a loss and some weights are not finite. The message has the iteration and all losses.
    """
    losses = latest_losses(runner)
    bad = [name for name, value in losses.items() if not math.isfinite(value)]
    if not bad or finite_weights(runner.model):
        return
    values = ', '.join(f'{name} {value:.4g}' for name, value in losses.items())
    raise NonFiniteLossError(
        f'{bad[0]} is {losses[bad[0]]} at iteration {runner.iter + 1} (epoch {runner.epoch + 1}), and weights of the '
        f'model are no longer finite: {values}. {_REMEDIES}'
    )


def latest_losses(runner: Runner) -> dict[str, float]:
    """The losses of the latest iteration, by name."""
    found = {}
    for key, history in runner.message_hub.log_scalars.items():
        match = _LOSS.fullmatch(key)
        if match:
            found[match[1]] = float(history.current())
    return found


@torch.no_grad()
def finite_weights(model: nn.Module) -> bool:
    """Whether all parameters are finite numbers."""
    return all(bool(torch.isfinite(weight).all()) for weight in model.parameters())
