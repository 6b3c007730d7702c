"""Rules of the number of classes in head, blending, datasets and figures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mmengine.hooks import CheckpointHook

from mmaction.datasets.base import BaseActionDataset
from mmaction.datasets.transforms.contract import flatten, role_of
from mmaction.engine.checks.finding import Finding, error, warning
from mmaction.engine.checks.monitors import evaluates_scores
from mmaction.engine.checks.run import SPLITS, Run, Split, is_overridden
from mmaction.models.data_preprocessors import ActionDataPreprocessor
from mmaction.models.heads.base import BaseHead
from mmaction.models.losses import CrossEntropyLoss
from mmaction.models.recognizers import BaseRecognizer, Recognizer3D, RecognizerGCN
from mmaction.models.utils.blending_utils import BaseMiniBatchBlending


def _head(run: Run) -> BaseHead | None:
    """The classification head, if it has a number of classes."""
    head = getattr(run.model, 'cls_head', None)
    return head if isinstance(head, BaseHead) and isinstance(head.num_classes, int) else None


def _fails_on_others(run: Run, head: BaseHead) -> bool:
    """The loss fails on labels that are no classes of the head: nothing of a user's own comes between."""
    own_model = isinstance(run.model, BaseRecognizer) and is_overridden(run.model, BaseRecognizer, 'loss')
    return not own_model and not is_overridden(head, BaseHead, 'loss', 'loss_by_feat')


def check_blending(run: Run) -> Iterator[Finding]:
    """``num_classes`` of a blending is that of the head."""
    head = _head(run)
    preprocessor = getattr(run.model, 'data_preprocessor', None)
    if not run.trains or head is None or not isinstance(preprocessor, ActionDataPreprocessor):
        return
    blending = preprocessor.blending
    if isinstance(blending, BaseMiniBatchBlending) and blending.num_classes != head.num_classes:
        text = (
            f'num_classes ({blending.num_classes}) of the blending {type(blending).__name__} of the data_preprocessor '
            f'must be that of the head ({head.num_classes}).'
        )
        yield error(text) if _fails_on_others(run, head) else warning(text)


def check_labels(run: Run) -> Iterator[Finding]:
    """The labels of the datasets are classes of the head."""
    head = _head(run)
    if head is None:
        return
    for split in SPLITS:
        for dataset in run.datasets(split):
            if isinstance(dataset, BaseActionDataset):
                fatal = _fails_on_others(run, head) if split == 'train' else evaluates_scores(run, split)
                yield from _check_dataset(dataset, head, split, fatal)


def _check_dataset(dataset: BaseActionDataset, head: BaseHead, split: Split, fatal: bool) -> Iterator[Finding]:
    classes = head.num_classes
    where = f'{dataset.ann_file} ({split}_dataloader)'
    remedy = f'Correct the labels, or num_classes of the head ({classes}).'
    if dataset.multi_class and dataset.num_classes != classes:
        text = f'num_classes ({dataset.num_classes}) of the dataset of {where} must be that of the head ({classes}).'
        yield error(text) if fatal else warning(text)
        return
    if dataset.multi_class and not head.multi_class:
        yield warning(
            f'The dataset of {where} has multi_class=True and the head has not: its softmax takes one label each. '
            "Set multi_class=True in the head, with loss_cls=dict(type='BCELossWithLogits')."
        )
        return
    yield from _check_names(dataset, classes, where)
    facts = dataset.label_facts
    if facts.highest is not None and classes is not None and facts.highest >= classes:
        text = f'{where} has labels up to {facts.highest}, the head has {classes} classes, 0 to {classes - 1}. {remedy}'
        yield error(text) if fatal else warning(text)
    elif facts.highest is not None and classes is not None and split == 'train' and facts.highest + 1 <= classes // 2:
        yield warning(
            f'{where} has labels up to {facts.highest} only, the head has {classes} classes. Set num_classes of the '
            'head to the number of classes in the data.'
        )
    # Another loss may ignore samples without a label; an evaluation leaves them out.
    fatal = fatal and split == 'train' and isinstance(head.loss_cls, CrossEntropyLoss)
    if fatal and facts.unlabelled and not dataset.multi_class:
        yield error(
            f'{facts.unlabelled} samples of {where} have no label (or -1), and the loss of {type(head).__name__} needs '
            'one. Add the labels, leave these samples out, or use a head whose loss_by_feat does without.'
        )


def _check_names(dataset: BaseActionDataset, classes: int | None, where: str) -> Iterator[Finding]:
    names = dataset.metainfo.get('classes')
    if names is not None and not isinstance(names, str) and len(names) != classes:
        yield warning(f'metainfo of the dataset of {where} has {len(names)} class names, the head {classes} classes.')
    if dataset.num_classes is not None and dataset.num_classes != classes:
        yield warning(
            f'num_classes ({dataset.num_classes}) of the dataset of {where} is not that of the head ({classes}).'
        )


def check_averaging(run: Run) -> Iterator[Finding]:
    """The clips of a video are averaged where a metric takes one row of scores per video."""
    head = _head(run)
    if head is None or head.average_clips is not None or not isinstance(run.model, Recognizer3D | RecognizerGCN):
        return
    if is_overridden(head, BaseHead, 'predict', 'predict_by_feat', 'average_clip'):
        return
    for split in ('val', 'test'):
        for dataset in run.datasets(split) if evaluates_scores(run, split) else ():  # type: ignore[arg-type]
            steps = flatten(dataset.pipeline.transforms) if isinstance(dataset, BaseActionDataset) else ()
            clips = max((getattr(step, 'num_clips', 1) for step in steps if role_of(step) == 'sample'), default=1)
            if clips > 1:
                yield error(
                    f'{split}_dataloader takes {clips} clips per video (num_clips), and the head does not average them '
                    "(average_clips=None). Set average_clips='prob' in cls_head."
                )


def check_top_k(run: Run) -> Iterator[Finding]:
    """The best checkpoint is not chosen by an accuracy that is 1 for any."""
    head = _head(run)
    if head is None or head.num_classes is None or not run.evaluates:
        return
    for hook in run.hooks(CheckpointHook):
        for key in hook.save_best or ():
            k = _k_of(key)
            if k is not None and k >= head.num_classes:
                yield warning(
                    f'default_hooks.checkpoint.save_best ({key!r}) is always 1 with {head.num_classes} classes. Use '
                    "'acc/top1'."
                )


def _k_of(key: Any) -> int | None:
    name = str(key).rsplit('/', 1)[-1].rsplit('_', 1)[-1]
    return int(name[3:]) if name.startswith('top') and name[3:].isdecimal() else None
