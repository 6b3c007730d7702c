"""Base of the datasets of videos, frames, audio and skeletons."""

from __future__ import annotations

import logging
import os.path as osp
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import torch
from mmengine.dataset import BaseDataset
from mmengine.dataset.base_dataset import force_full_init
from mmengine.logging import print_log

from mmaction.datasets.annotation import (
    is_remote,
    join_media_path,
    read_annotation_lines,
    read_json_records,
    split_trailing_integers,
)
from mmaction.datasets.errors import (
    AnnotationChecks,
    OddRecords,
    OnError,
    append_to_message,
    check_annotation_checks,
    check_on_error,
    is_unreadable,
)
from mmaction.datasets.faults import explain_missing_entry
from mmaction.datasets.labels import LabelFacts, survey_labels
from mmaction.datasets.seeding import seed_cell, seeded_sample
from mmaction.datasets.transforms.contract import check_pipeline
from mmaction.registry import TRANSFORMS
from mmaction.utils.check import at_least

_MEDIA_KEYS = ('filename', 'frame_dir', 'audio_path', 'video_name', 'video_id')


class BaseActionDataset(BaseDataset):
    """Base of the datasets: records from an annotation file, each sent through a pipeline.

    A subclass overrides :meth:`load_data_list`; one whose annotation is a list of lines overrides
    :meth:`parse_line` and calls :meth:`load_lines` there.

    Args:
        ann_file: annotation file; relative to ``data_root`` where that is given.
        pipeline: transforms, as configs or callables.
        data_prefix: folder of the media by kind, e.g. ``dict(video='videos')``; relative to ``data_root``. May be the
            URL of remote storage.
        test_mode: the samples are evaluated: each must be returned, in order.
        multi_class: a sample has several labels; it gets a float tensor (num_classes,) of zeros and ones as label.
        num_classes: number of classes. Needed with ``multi_class``; else labels beyond it are reported.
        start_index: number of the first frame, for the samplers.
        modality: ``'RGB'``, ``'Flow'``, ``'Pose'``, ``'Audio'``, ...
        on_error: reaction to a media file that is missing or does not decode. ``'raise'``, or ``'skip'``: take another
            sample at random, log once per file and count in ``skipped``. In ``test_mode`` it raises in either case,
            as leaving a sample out would change the results.
        annotation_checks: reaction to annotations that are unusual and need not stop a pipeline, such as training
            samples without a label, with the label -1 or with one beyond ``num_classes``, or a missing folder of
            media. ``'warn'``: use them, and report kinds and numbers in one warning; ``'raise'``; or ``'off'``: check
            neither the annotations nor that the pipeline fits them.
        **kwargs: of ``mmengine.dataset.BaseDataset``: ``data_root``, ``metainfo``, ``filter_cfg``, ``indices``,
            ``serialize_data``, ``lazy_init`` and ``max_refetch``, the limit of other samples to try.

    Attributes:
        skipped: number of times each unreadable file was skipped, in this process (each worker has its own).
        label_facts: range of the labels and number of the unlabelled samples, once the records are loaded.
    """

    added_keys: ClassVar[tuple[str, ...]] = ()
    """Keys that :meth:`prepare_data` or :meth:`apply_pipeline` add to a record before the first step."""

    _fully_initialized: bool
    _media_key = 'filename'  # entry of a record that holds the path, and the kind of data_prefix it is relative to
    _prefix_key = 'video'

    def __init__(
        self,
        ann_file: str,
        pipeline: Sequence[dict | Callable],
        data_prefix: dict | None = dict(prefix=''),
        test_mode: bool = False,
        multi_class: bool = False,
        num_classes: int | None = None,
        start_index: int = 0,
        modality: str = 'RGB',
        *,
        on_error: OnError = 'raise',
        annotation_checks: AnnotationChecks = 'warn',
        **kwargs: Any,
    ) -> None:
        if multi_class and num_classes is None:
            raise ValueError('multi_class=True needs num_classes, the length of the vector of labels.')
        if num_classes is not None:
            at_least(1, num_classes, 'num_classes', 'None leaves labels unchecked.')
        self.multi_class = multi_class
        self.num_classes = num_classes
        self.start_index = start_index
        self.modality = modality
        self.on_error = check_on_error(on_error)
        self.annotation_checks = check_annotation_checks(annotation_checks)
        self.label_facts = LabelFacts()
        self._folder_checked = False
        self.skipped: Counter[str] = Counter()
        self._seed: torch.Tensor | None = None
        # Built here, and not by the parent, so that our names are known whatever the default scope is.
        pipeline = [TRANSFORMS.build(step) if isinstance(step, dict) else step for step in pipeline]
        super().__init__(
            ann_file, pipeline=pipeline, data_prefix=self._check_prefix(data_prefix), test_mode=test_mode, **kwargs
        )

    def full_init(self) -> None:
        """Load the records, then check that the pipeline finds in them what its steps read.

        Raises:
            ValueError: a step reads a key that neither the records nor an earlier step have; see
                :func:`~mmaction.datasets.transforms.contract.check_pipeline`.
        """
        if self._fully_initialized:
            return
        # As mmengine's, with a look at the labels: after a subclass has set its own, and before they are serialized.
        self.data_list = self.load_data_list()
        self.data_list = self.filter_data()
        if self._indices is not None:
            self.data_list = self._get_unserialized_subset(self._indices)
        if not self.data_list and self.serialize_data:
            raise ValueError(
                f'{self.ann_file} leaves no samples for {type(self).__name__}: check filter_cfg and indices.'
            )
        if self.annotation_checks != 'off':
            odd = OddRecords(self.annotation_checks, str(self.ann_file))
            self.label_facts = survey_labels(self.data_list, self.num_classes, self.test_mode, self._media)
            self.label_facts.report(odd, multi_class=self.multi_class)
        if self.serialize_data:
            self.data_bytes, self.data_address = self._serialize_data()
        self._fully_initialized = True
        if len(self) and self.annotation_checks != 'off' and self._declares_added_keys():
            self._check_pipeline()

    def _declares_added_keys(self) -> bool:
        """True if ``added_keys`` covers this class: a subclass that prepares samples its own way may add others."""
        for cls in type(self).__mro__:
            members = vars(cls)
            if 'added_keys' in members:
                return True
            if 'prepare_data' in members or 'apply_pipeline' in members:
                return False
        return False

    def _check_pipeline(self) -> None:
        steps = self.pipeline.transforms
        holder = type(self).__name__
        try:
            check_pipeline(steps, [*self.get_data_info(0), *self.added_keys], holder)
        except ValueError:
            # Records may differ in their optional keys, so an error counts only where no record has the key.
            keys = {key for i in range(len(self)) for key in self.get_data_info(i)}
            check_pipeline(steps, [*keys, *self.added_keys], holder)

    def _check_prefix(self, data_prefix: dict | None) -> dict:
        if data_prefix is None:
            return {self._prefix_key: ''}
        if isinstance(data_prefix, str):
            raise TypeError(
                f'data_prefix must be a dict, got {data_prefix!r}. Write dict({self._prefix_key}={data_prefix!r}).'
            )
        return {kind: prefix or '' for kind, prefix in data_prefix.items()}

    # --- annotation --------------------------------------------------------------------------------------------------
    def parse_line(self, line: str) -> dict:
        """Turn one line of an annotation list into a record, its path as written.

        A ``label`` of None means that the line has none. Raise ValueError with the reason for a malformed line.
        """
        raise NotImplementedError(f'{type(self).__name__} reads no annotation list: it must override parse_line.')

    def split_line(
        self, line: str, names: Sequence[str], hint: str = '', unlabelled: bool = False
    ) -> tuple[str, dict[str, int], list[int]]:
        """Split a line into the path, the numbers of these names (``total_frames`` is the last), and the labels.

        Labels are required in training, unless ``unlabelled``: the number of frames may be what is missing.

        Raises:
            ValueError: there are fewer or more numbers than that, or no frames; ``hint`` is the remedy for the former.
        """
        path, numbers = split_trailing_integers(line)
        named = dict(zip(names, numbers))
        labels = numbers[len(names) :]
        expected = f'{", ".join(names)} and a label'
        if len(named) < len(names) or not (labels or unlabelled or self.test_mode):
            raise ValueError(
                f'expected a path, {expected}, found {len(numbers)} whole numbers {numbers} after {path!r}. '
                f'Correct the line. {hint}'
            )
        if len(labels) > 1 and not self.multi_class:
            raise ValueError(
                f'{len(numbers)} numbers {numbers} follow the path where {len(names) + 1} are expected ({expected}). '
                f'Set multi_class=True and num_classes for several labels. {hint}'
            )
        at_least(1, named['total_frames'], 'total_frames', 'Remove videos without frames.')
        return path, named, labels

    def load_lines(self) -> list[dict]:
        """Read ``ann_file`` as a list with one sample per line.

        Raises:
            FileNotFoundError: the annotation file is missing. The media are opened later.
            ValueError: a line is malformed, or there is none; the message has its number and text.
        """
        prefix = self._media_prefix()
        records = []
        malformed = ''  # the first line without a label that looks as if one was meant
        labelled = False
        for where, line, record in self._records(prefix):
            records.append(record)
            if record['label'] is not None:
                labelled = True
                continue
            record['label'] = [] if self.multi_class else -1
            if not malformed and len(line.split()) > 1:
                malformed = f'{where}: there is no label in {line!r}'
        if not records:
            raise ValueError(f'{self.ann_file} holds no samples.')
        if malformed and labelled:
            raise ValueError(f'{malformed}, though other lines have one. Write -1 where a label is not known.')
        return records

    def _records(self, prefix: str) -> Iterator[tuple[str, str, dict]]:
        """Yield place and text of each line, and its record with the path joined."""
        key = self._media_key
        for where, line, record in self._parsed():
            path = join_media_path(prefix, record[key])
            if not self._folder_checked and path != record[key]:
                self._check_folder(prefix)
            record[key] = path
            yield where, line, record

    def _parsed(self) -> Iterator[tuple[str, str, dict]]:
        if self.ann_file.endswith('.json'):
            for where, text, record in read_json_records(self.ann_file, self._media_key, self.multi_class):
                yield where, text, {**record, 'label': self.checked_label(record['label'])}
            return
        for number, line in read_annotation_lines(self.ann_file):
            where = f'{self.ann_file}, line {number}'
            try:
                yield where, line, self.parse_line(line)
            except ValueError as error:
                raise ValueError(f'{where}: {error} The line is {line!r}.') from None

    def _check_folder(self, prefix: str) -> None:
        self._folder_checked = True
        if self.annotation_checks == 'off' or is_remote(prefix) or osp.isdir(prefix):
            return
        text = (
            f'There is no folder {prefix} (absolute: {osp.abspath(prefix)}) for the media of {self.ann_file}. Correct '
            f'data_prefix=dict({self._prefix_key}=...), or data_root.'
        )
        if self.annotation_checks == 'raise':
            raise FileNotFoundError(text)
        # Only a warning: the folder may be mounted, or filled, by the time that the media are read.
        print_log(text, logger='current', level=logging.WARNING)

    def _media_prefix(self) -> str:
        if self._prefix_key not in self.data_prefix:
            raise ValueError(
                f'data_prefix ({self.data_prefix}) of {type(self).__name__} must have the key {self._prefix_key!r}: '
                f'dict({self._prefix_key}=FOLDER).'
            )
        return self.data_prefix[self._prefix_key]

    def checked_label(self, labels: list[int]) -> int | list[int] | None:
        """Label of a record: one class index, or all of them with ``multi_class``; None for no label."""
        if not labels:
            return None
        if self.multi_class:
            # Three or more indices of which all are 0 or 1 name a class twice: they are a vector, not indices.
            if len(labels) == self.num_classes and len(labels) > 2 and {*labels} <= {0, 1}:
                indices = ' '.join(str(index) for index, label in enumerate(labels) if label)
                raise ValueError(
                    f'labels {labels} are a vector of zeros and ones; a line names the class indices: '
                    f'{indices or "none"}.'
                )
            return [label for label in labels if label >= 0]
        return labels[0]

    # --- samples -----------------------------------------------------------------------------------------------------
    def get_data_info(self, idx: int) -> dict:
        """Copy a record, and add what the pipeline needs from the dataset."""
        data_info = super().get_data_info(idx)
        data_info['modality'] = self.modality
        data_info['start_index'] = self.start_index
        if self.multi_class and self.num_classes is not None and 'label' in data_info:
            onehot = torch.zeros(self.num_classes)
            onehot[data_info['label']] = 1.0
            data_info['label'] = onehot
        return data_info

    @force_full_init
    def get_cat_ids(self, idx: int) -> list[int]:
        """The labels of a sample, for ``ClassBalancedDataset``."""
        label = super().get_data_info(idx)['label']
        if isinstance(label, (list, tuple)):
            return list(label)
        return [label]

    def seed_samples(self, seed: int) -> None:
        """Let a sample's augmentation depend on ``seed`` and its index alone, until the next call.

        The runner's hook calls this at the start of an epoch. Call it before the first worker starts; after that,
        workers see the change.
        """
        if self._seed is None:
            self._seed = seed_cell()
        self._seed.fill_(seed)

    def __getitem__(self, idx: int) -> Any:
        """A sample sent through the pipeline; in training another one where that gives None."""
        if self.test_mode:
            return super().__getitem__(idx)
        with seeded_sample(self._seed, idx):
            return self._train_sample(idx)

    def _train_sample(self, idx: int) -> Any:
        self.full_init()
        first = idx
        for _ in range(self.max_refetch + 1):
            data = self.prepare_data(idx)
            if data is not None:
                return data
            idx = self._rand_another()
        raise RuntimeError(
            f'Sample {first} of {self.ann_file} and {self.max_refetch} others tried in its place (max_refetch) gave '
            f'nothing: the pipeline dropped them, or their files are unreadable ({len(self.skipped)} files skipped so '
            f'far{"".join(f", e.g. {name}" for name in [*self.skipped][:1])}).'
        )

    def apply_pipeline(self, data_info: dict) -> Any:
        """Send a record through the pipeline."""
        return self.pipeline(data_info)

    def prepare_data(self, idx: int) -> Any:
        """Send record ``idx`` through the pipeline; None if it is skipped.

        An error keeps its type; its message also names the media file and the line it comes from. Only a KeyError for
        an entry that the sample lacks becomes a ValueError, which names the step.
        """
        data_info = self.get_data_info(idx)
        try:
            return self.apply_pipeline(data_info)
        except Exception as error:
            unreadable = is_unreadable(error)
            record = super().get_data_info(idx)  # the pipeline may have changed the other one
            if unreadable and self.on_error == 'skip' and not self.test_mode:
                self._skip(record, error)
                return None
            text = f'sample {idx}: {self._source(record)}'
            if unreadable and self.test_mode and self.on_error == 'skip':
                text += '; on_error="skip" is for training only. Remove the line to test without this file'
            elif unreadable and not self.test_mode:
                text += '; on_error="skip" of the dataset leaves unreadable files out'
            missing = None
            if type(error) is KeyError:
                missing = explain_missing_entry(error, self.pipeline.transforms)
            if missing is not None:
                raise ValueError(f'{missing} ({text})') from error
            append_to_message(error, text)
            raise

    def _skip(self, record: dict, error: Exception) -> None:
        name = self._media(record)
        self.skipped[name] += 1
        if self.skipped[name] == 1:
            print_log(
                f'Skipped {self._source(record)}: {type(error).__name__}: {error} '
                f'[{len(self.skipped)} unreadable in this process so far]',
                logger='current',
                level=logging.WARNING,
            )

    def _media(self, record: dict) -> str:
        key = next((key for key in (self._media_key, *_MEDIA_KEYS) if key in record), None)
        return str(record[key]) if key else 'a sample'

    def _source(self, record: dict) -> str:
        """Name the media file of a record and the line it comes from.

        The line is searched for only now: numbers kept in the records would cost every sample.
        """
        media = self._media(record)
        try:
            for where, _, found in self._records(self._media_prefix()):
                if found[self._media_key] == media and found['label'] in (record.get('label'), None):
                    return f'{media} ({where})'
        except Exception:  # a subclass with an annotation of its own
            pass
        return f'{media} ({self.ann_file})'
