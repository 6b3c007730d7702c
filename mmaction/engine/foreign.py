"""Checkpoints of whole recognizers from other codebases, where a checkpoint is loaded into a model."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence

from mmengine.logging import print_log
from torch import Tensor, nn

_HEAD = 'cls_head.'
# made by the model itself where a checkpoint has none
_OPTIONAL = re.compile(r'num_batches_tracked$|relative_position_index$')


def state_for(model: nn.Module, state: Mapping[str, Tensor], source: str = 'the checkpoint') -> Mapping[str, Tensor]:
    """A state dict under the names of ``model``.

    One whose names are those of the model, or that the model's backbone does not know as another codebase's, comes
    back as it is; nothing is guessed. Which table of names was used goes to the log. A classifier for other classes is
    left out, which the log tells too.

    Args:
        model: a recognizer; its backbone's ``converted`` and ``fitted`` do the work.
        state: state dict of a checkpoint, without ``module.``.
        source: what to call it in an error.

    Raises:
        ValueError: another codebase's checkpoint has entries that the model lacks, lacks parameters of the backbone,
            or has them in another shape; it names them.
    """
    backbone = getattr(model, 'backbone', None)
    targets = model.state_dict()
    if not hasattr(backbone, 'converted') or state.keys() <= targets.keys():
        return state
    own_part = {k.removeprefix('backbone.'): v for k, v in state.items() if k.startswith('backbone.')}
    rest = {k: v for k, v in state.items() if not k.startswith('backbone.')} if own_part else {}
    given = own_part or state
    converted = backbone.converted(given)
    if converted.keys() == given.keys():
        return state
    out = {k if k.startswith(_HEAD) else f'backbone.{k}': v for k, v in converted.items()} | rest

    for name in out.keys() & targets.keys():
        if name.startswith(_HEAD):
            if out[name].ndim > 2 == targets[name].ndim:  # a 1x1 convolution there, a linear layer here
                out[name] = out[name].flatten(1)
        else:
            out[name] = backbone.fitted(name.removeprefix('backbone.'), out[name], targets[name].shape)
    misfits = [k for k in out if k in targets and out[k].shape != targets[k].shape]
    missing = [k for k, _ in model.named_parameters() if k.startswith('backbone.') and k not in out]
    # a fixed buffer is the model's own, but norms need their statistics
    missing += [k for k in targets if re.search(r'^backbone\..*running_(mean|var)$', k) and k not in out]
    problems = [
        f'{what}: {_some(names)}'
        for what, names in (
            ('the model has no', [k for k in out if k not in targets and not _OPTIONAL.search(k)]),
            ('they have no', missing),
            (
                'of another shape',
                [
                    f'{k} is {tuple(out[k].shape)}, ours {tuple(targets[k].shape)}'
                    for k in misfits
                    if not k.startswith(_HEAD)
                ],
            ),
        )
        if names
    ]
    if problems:
        raise ValueError(
            f'The weights {source} are of another {type(backbone).__name__} or classifier. {"; ".join(problems)}. Give '
            'the config of their network, or name them as pretrained of the backbone to start from a part of them.'
        )
    heads = [k for k in misfits if k.startswith(_HEAD)]
    if heads:
        print_log(
            f'Left out, because the model has other classes: {_some(heads)}', logger='current', level=logging.WARNING
        )
    return {k: v for k, v in out.items() if k in targets and k not in heads}


def _some(names: Sequence[str], count: int = 4) -> str:
    return ', '.join(names[:count]) + (f' and {len(names) - count} more' if len(names) > count else '')
