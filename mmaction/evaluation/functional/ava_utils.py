"""AVA's evaluation from files, and the conversion of predictions to its csv."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, TextIO

import numpy as np
from mmengine.logging import print_log

from mmaction.evaluation.functional.ava_ap import AVAReport, evaluate_ava
from mmaction.evaluation.functional.box_matching import Boxes, best_overlaps, first_claims
from mmaction.utils.ava_files import (
    BoxTable,
    make_image_key,
    parse_box_lines,
    parse_exclusions,
    parse_label_map,
    read_box_table,
    read_label_map,
)
from mmaction.utils.ava_files import read_exclusions as read_exclusion_file
from mmaction.utils.check import pick

__all__ = [
    'ava_eval',
    'det2csv',
    'evaluated_classes',
    'make_image_key',
    'print_time',
    'read_csv',
    'read_exclusions',
    'read_labelmap',
    'results2csv',
    'results_table',
    'tpfp_single',
]

DECIMALS = 4  # of coordinates and scores in a csv of detections


# --- reading --------------------------------------------------------------------------------------------------------
def read_csv(
    csv_file: TextIO, class_whitelist: Iterable[int] | None = None
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Read boxes in AVA's format from an open file.

    Args:
        csv_file: an open file of lines ``video_id,timestamp,x1,y1,x2,y2,label[,score]``.
        class_whitelist: read lines of these classes only.

    Returns:
        boxes (n, 4), labels (n,) and scores (n,) by the key of the frame, by decreasing score (1 where there is none).
    """
    table = parse_box_lines(csv_file, getattr(csv_file, 'name', 'the csv'))
    if class_whitelist is not None:
        table = table[np.isin(table.label, list(class_whitelist))]
    frame, keys = table.frames
    score = np.nan_to_num(table.last, nan=1.0)
    order = np.lexsort((-score, frame))  # by frame, then by score; stable
    starts = np.searchsorted(frame[order], np.arange(len(keys)))
    parts = np.split(order, starts[1:]) if keys else []
    boxes = {key: table.boxes[part] for key, part in zip(keys, parts)}
    labels = {key: table.label[part] for key, part in zip(keys, parts)}
    scores = {key: score[part] for key, part in zip(keys, parts)}
    return boxes, labels, scores


def read_exclusions(exclusions_file: TextIO | None) -> set[str]:
    """Read the keys of excluded frames from an open file of lines ``video_id,timestamp``."""
    if exclusions_file is None:
        return set()
    return set(parse_exclusions(exclusions_file, getattr(exclusions_file, 'name', 'the csv')))


def read_labelmap(labelmap_file: TextIO) -> tuple[list[dict[str, Any]], set[int]]:
    """Read a label map from an open file: items ``dict(id, name)``, and the set of ids."""
    names = parse_label_map(labelmap_file, getattr(labelmap_file, 'name', 'the label map'))
    return [dict(id=label, name=name) for label, name in names.items()], set(names)


def print_time(message: str, start: float) -> None:
    """Print the seconds since ``start`` (of ``time.time()``)."""
    print(f'==> {time.time() - start:g} seconds to {message}', flush=True)


# --- predictions ----------------------------------------------------------------------------------------------------
def _actual_label(place: int, custom_classes: Sequence[int] | None) -> int:
    """Class index of the annotation for place ``place`` of the model's outputs, the background left out."""
    return place + 1 if custom_classes is None else custom_classes[place + 1]


def det2csv(results: Sequence[Mapping[str, Any]], custom_classes: Sequence[int] | None = None) -> list[tuple]:
    """Convert predictions to tuples (video_id, timestamp, x1, y1, x2, y2, label, score).

    Args:
        results: ``dict(video_id, timestamp, outputs)`` per frame; ``outputs`` as of :func:`bbox2result`.
        custom_classes: class index of each output, with 0 for the background first.
    """
    rows = []
    for result in results:
        for place, boxes in enumerate(result['outputs']):
            label = _actual_label(place, custom_classes)
            for box in np.asarray(boxes).tolist():
                rows.append((result['video_id'], result['timestamp'], *box[:4], label, box[4]))
    return rows


def results2csv(
    results: Sequence[Mapping[str, Any]], out_file: str | PathLike, custom_classes: Sequence[int] | None = None
) -> None:
    """Write predictions as csv in AVA's format, with four decimals. Arguments: see :func:`det2csv`."""
    with open(out_file, 'w', encoding='utf-8') as file:
        for row in det2csv(results, custom_classes):
            fields = [f'{value:.{DECIMALS}f}' if isinstance(value, float) else str(value) for value in row]
            file.write(f'{",".join(fields)}\n')


def results_table(results: Sequence[Mapping[str, Any]], custom_classes: Sequence[int] | None = None) -> BoxTable:
    """Convert predictions to the table that :func:`results2csv` would write, without a file.

    Values are rounded as in the csv, since equal scores decide the order.
    """
    parts = [np.zeros((0, 5))]
    video = []
    timestamp = []
    label = []
    index: dict[str, int] = {}
    for result in results:
        number = index.setdefault(result['video_id'], len(index))
        for place, boxes in enumerate(result['outputs']):
            if len(boxes):
                parts.append(np.asarray(boxes, np.float64))
                video += [number] * len(boxes)
                timestamp += [int(result['timestamp'])] * len(boxes)
                label += [_actual_label(place, custom_classes)] * len(boxes)
    values = np.concatenate(parts).round(DECIMALS)  # (N, 5)
    return BoxTable(
        path='detections',
        line=np.arange(1, len(values) + 1),
        videos=list(index),
        video=np.array(video, np.int64),
        timestamp=np.array(timestamp, np.int64),
        boxes=values[:, :4],
        label=np.array(label, np.int64),
        last=values[:, 4],
    )


# --- evaluation -----------------------------------------------------------------------------------------------------
def tpfp_single(
    tup: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray], threshold: float = 0.5
) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
    """Match the detections of one frame.

    Args:
        tup: annotated boxes (G, 4) and labels (G,); detected boxes (N, 4), labels (N,) and scores (N,).
        threshold: smallest IoU of a match.

    Returns:
        by class of the detections: scores, decreasing, and bool, True for true positives.
    """
    gt_boxes, gt_labels, boxes, labels, scores = (np.asarray(part) for part in tup)
    order = (-scores).argsort(kind='stable')
    labels = labels[order].astype(np.int64)
    scores = scores[order]
    truth = Boxes(np.zeros(len(gt_boxes), np.int64), gt_labels.astype(np.int64), gt_boxes.reshape(-1, 4))
    found = Boxes(np.zeros(len(labels), np.int64), labels, boxes.reshape(-1, 4)[order], scores)
    matched = first_claims(*best_overlaps(found, truth), scores, threshold)
    classes = np.unique(labels).tolist()
    scores_of = {label: scores[labels == label] for label in classes}
    matched_of = {label: matched[labels == label] for label in classes}
    return scores_of, matched_of


def evaluated_classes(label_file: str, custom_classes: Sequence[int] | None = None) -> dict[int, str]:
    """Names of the classes to evaluate: those of the label map, or ``custom_classes`` of them (0 is the background).

    Raises:
        ValueError: a custom class is not in the label map.
    """
    names = read_label_map(label_file)
    if custom_classes is None:
        return names
    chosen = [label for label in custom_classes if label != 0]
    unknown = sorted(set(chosen) - set(names))
    if unknown:
        raise ValueError(f'custom_classes {unknown} are not in {label_file}, which has {sorted(names)}.')
    return {label: names[label] for label in chosen}


def log_report(report: AVAReport, verbose: bool = True) -> None:
    """Log the table of a report, and warn where nothing matches."""
    if verbose:
        print_log(f'Average precision per class:\n{report.table()}', logger='current')
    report.warn_if_nothing_matches()


def ava_eval(
    result_file: str,
    result_type: str,
    label_file: str,
    ann_file: str,
    exclude_file: str | None,
    verbose: bool = True,
    ignore_empty_frames: bool = True,
    custom_classes: Sequence[int] | None = None,
    *,
    strict: bool = False,
) -> dict[str, float]:
    """Mean average precision of actions in boxes at IoU 0.5, from files.

    Args:
        result_file: csv of detections, ``video_id,timestamp,x1,y1,x2,y2,label,score``.
        result_type: ``'mAP'``.
        label_file: label map; only its classes count.
        ann_file: csv of the annotation.
        exclude_file: csv of frames that do not count, or None.
        verbose: log the results per class.
        ignore_empty_frames: detections on frames without annotation do not count.
        custom_classes: evaluate these classes only.
        strict: classes without detections count as 0, and excluded frames are left out of the recall; see
            :func:`~mmaction.evaluation.functional.ava_ap.evaluate_ava`.

    Returns:
        ``overall``, ``person_movement``, ``object_manipulation``, ``person_interaction``; NaN for a group of classes
        without annotation.
    """
    pick(('mAP',), result_type, 'result_type')
    report = evaluate_ava(
        read_box_table(ann_file),
        read_box_table(result_file, 'result_file'),
        evaluated_classes(label_file, custom_classes),
        read_exclusion_file(exclude_file),
        ignore_empty_frames=ignore_empty_frames,
        strict=strict,
    )
    log_report(report, verbose)
    return report.means()
