"""Names of classes as features of text: the classifier that CLIP needs no training for (sec. 3.1.4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from mmaction.models.similarity.clip import CLIP

#: sentences that a name is put into; their features are averaged
TEMPLATES = (
    'a photo of {}.',
    'a video of {}.',
    'a photo of a person doing {}.',
    'a video of a person doing {}.',
)
Tokenizer = Callable[..., Tensor]


def check_templates(templates: Sequence[str]) -> tuple[str, ...]:
    """Raise ValueError unless each template has one place ``{}`` for the name, and there is one at all."""
    if isinstance(templates, str):
        templates = [templates]
    wrong = [template for template in templates if template.count('{}') != 1]
    if wrong or not templates:
        raise ValueError(f'The templates {wrong or list(templates)} must each have {{}} once, where the name goes.')
    return tuple(templates)


def check_names(labels: Sequence[str]) -> list[str]:
    """Class names without surrounding blanks.

    Raises:
        ValueError: there is none, one is blank, or two are the same.
    """
    names = [label.strip() for label in labels]
    if not names or '' in names:
        raise ValueError(f'The labels {list(labels)} must be names of classes, at least one and none of them blank.')
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f'The labels have {twice} twice. Remove one of each.')
    return names


@torch.no_grad()
def text_features(
    clip: CLIP, tokenizer: Tokenizer, labels: Sequence[str], templates: Sequence[str] = TEMPLATES
) -> Tensor:
    """Features of class names: the mean over the templates, (C, D), of length 1.

    Args:
        clip: the text encoder.
        tokenizer: a :class:`~mmaction.utils.clip_tokenizer.CLIPTokenizer`.
        labels: names of C classes. Underscores become blanks.
        templates: sentences with ``{}`` for the name.

    Raises:
        ValueError: labels or templates are malformed, or a text is too long.
    """
    templates = check_templates(templates)
    rows = []
    for name in check_names(labels):
        texts = [template.replace('{}', name.replace('_', ' ')) for template in templates]
        ids = tokenizer(texts, clip.arch.context_length).to(clip.text_projection.device)
        rows.append(F.normalize(clip.encode_text(ids), dim=-1).mean(dim=0))
    return F.normalize(torch.stack(rows), dim=-1)
