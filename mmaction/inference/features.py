"""Features, or class scores, of videos by any recognizer."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from torch import Tensor

from mmaction.datasets.transforms.sampling import ClipGrid
from mmaction.inference.feature_store import FeatureStore, VideoFeatures, model_identity
from mmaction.inference.pipeline import InferencePipeline, config_naming, config_steps
from mmaction.inference.run import PredictOptions, run_windows
from mmaction.inference.windows import DEFAULT_INTERVAL, WindowPipeline, draw_grid
from mmaction.models import BaseRecognizer
from mmaction.models.adapters import LicensedWeights
from mmaction.models.heads.feature_head import FeatureHead, PoolType
from mmaction.models.options import AverageClips
from mmaction.utils.progress import track
from mmaction.video import open_video


def feature_head(
    model: BaseRecognizer, spatial: PoolType, temporal: PoolType, average_clips: AverageClips
) -> FeatureHead:
    """The ``FeatureHead`` that pools the output of a recognizer's backbone and neck."""
    layout = model.feature_layout
    if layout is None and model.num_segments:
        # The backbone mixes the frames of a clip, so that a view is a clip and not a frame.
        layout = 'tsm'
    segments = None
    if layout == 'tsm':
        segments = model.num_segments
    return FeatureHead(spatial, temporal, layout, segments, average_clips=average_clips).eval()


def clip_features(
    model: BaseRecognizer,
    pipeline: WindowPipeline,
    reader: Any,
    grid: ClipGrid,
    batch_size: int = 8,
    progress: bool = False,
) -> np.ndarray:
    """Features of the clips of a grid over a video, averaged over space and time: float32 (T, C)."""
    pool = feature_head(model, 'avg', 'avg', 'score')
    samples = _grid_samples(pipeline, reader, grid, 'Features' if progress else None)
    rows = [row.numpy() for row, _ in run_windows(model, samples, pool, batch_size=batch_size) if row is not None]
    table = np.concatenate(rows)
    return table.reshape(len(table), -1)


def _grid_samples(
    pipeline: WindowPipeline, reader: Any, grid: ClipGrid, description: str | None
) -> Iterable[dict[str, Any]]:
    draw, count = draw_grid(grid, len(reader))
    samples = pipeline.samples(reader, draw, count)
    return samples if description is None else track(samples, description, total=count)


@dataclass(frozen=True)
class FeatureExtractor:
    """From a video to its features or class scores.

    Attributes:
        model: the recognizer, in evaluation mode, with ``cfg``.
        pool: makes features of the output of its backbone and neck; None for class scores.
        multi_view: keep the views of a video apart.
        batch_size: clips per batch, in long videos.
        store: where features are kept between runs; None extracts them each time.
    """

    model: BaseRecognizer
    pool: FeatureHead | None
    multi_view: bool = False
    batch_size: int = 8
    store: FeatureStore | None = None

    @classmethod
    def of_features(
        cls, model: BaseRecognizer, spatial: PoolType = 'avg', temporal: PoolType = 'avg', multi_view: bool = False
    ) -> FeatureExtractor:
        """An extractor of features, pooled over space and time; a pooling of None keeps those dimensions."""
        return cls(model, feature_head(model, spatial, temporal, None if multi_view else 'score'), multi_view)

    @classmethod
    def of_scores(cls, model: BaseRecognizer, multi_view: bool = False) -> FeatureExtractor:
        """An extractor of class scores.

        Raises:
            ValueError: the model has no ``cls_head``.
        """
        if not model.with_cls_head:
            raise ValueError(f'Scores need a model with a cls_head; this {type(model).__name__} has none.')
        return cls(model, None, multi_view)

    @property
    def license(self) -> str | None:
        """License of the weights; None where the model states none."""
        backbone = self.model.backbone
        return backbone.weights_license if isinstance(backbone, LicensedWeights) else None

    @cached_property
    def identity(self) -> str:
        """Digest of all that the features depend on, but the video and the sampling of clips."""
        steps = config_steps(self.model.cfg, loader_first=True)
        pool = None if self.pool is None else (self.pool.spatial_type, self.pool.temporal_type)
        return model_identity(self.model, steps, pool, self.multi_view)

    def timed_video(self, video: str, description: str) -> VideoFeatures:
        """:meth:`video` as one row, with the times of the whole video; through the store."""

        def extract() -> VideoFeatures:
            end, fps = _duration(video)
            row = self.video(video, description)[None]
            return VideoFeatures(row, np.zeros(1), np.array([end]), self._meta(video, fps, settings))

        settings: dict[str, Any] = dict(clips='test')
        return self._stored(video, settings, extract)

    def timed_clips(
        self,
        video: str,
        description: str | None,
        clip_interval: int = DEFAULT_INTERVAL,
        frame_interval: int | None = None,
        clip_len: int | None = None,
    ) -> VideoFeatures:
        """:meth:`clips` with the time of each clip; through the store. Arguments: see there."""
        pipeline, grid = self._grid(clip_interval, frame_interval, clip_len)

        def extract() -> VideoFeatures:
            with open_video(video, naming=pipeline.naming) as reader:
                rows = self._clip_rows(pipeline, reader, grid, description)
                frames = grid.frames(len(reader), grid.centres(len(reader)))
                starts = reader.get_frame_timestamp(frames[:, 0])[:, 0]
                ends = reader.get_frame_timestamp(frames[:, -1])[:, 1]
                fps = float(reader.avg_fps or 0.0)
            unknown = np.nan if fps == 0 else 0.0  # frames of a folder have no times
            return VideoFeatures(rows, starts + unknown, ends + unknown, self._meta(video, fps, settings))

        settings = asdict(grid)
        return self._stored(video, settings, extract)

    def _stored(self, video: str, settings: dict[str, Any], extract: Callable[[], VideoFeatures]) -> VideoFeatures:
        return extract() if self.store is None else self.store.get(video, self.identity, settings, extract)

    def _meta(self, video: str, fps: float, settings: dict[str, Any]) -> dict[str, Any]:
        return dict(
            video=os.path.basename(video), model=self.identity, license=self.license, fps=fps, settings=settings
        )

    def video(self, video: str, description: str) -> np.ndarray:
        """Features (C,) or scores (K,) of a video sampled as in testing; (views, ...) with ``multi_view``."""
        cfg = self.model.cfg
        pipeline = InferencePipeline(config_steps(cfg, loader_first=True), config_naming(cfg))
        return next(self._rows(track([pipeline(video)], description)))[0].numpy()

    def clips(
        self,
        video: str,
        description: str | None,
        clip_interval: int = DEFAULT_INTERVAL,
        frame_interval: int | None = None,
        clip_len: int | None = None,
    ) -> np.ndarray:
        """One row (T, ...) for each of the clips along a long video, of which few frames are in memory at any time.

        Args:
            video: path of a video or a folder of frames.
            description: title of the progress bar; None shows none.
            clip_interval: frames from one clip to the next.
            frame_interval: frames between the frames of a clip. Default: of the config's sampler.
            clip_len: frames of a clip. Default: of the config's sampler.
        """
        pipeline, grid = self._grid(clip_interval, frame_interval, clip_len)
        with open_video(video, naming=pipeline.naming) as reader:
            return self._clip_rows(pipeline, reader, grid, description)

    def _grid(
        self, clip_interval: int, frame_interval: int | None, clip_len: int | None
    ) -> tuple[WindowPipeline, ClipGrid]:
        pipeline = WindowPipeline(self.model.cfg)
        return pipeline, pipeline.clip_grid(clip_interval, frame_interval, clip_len, model=self.model)

    def _clip_rows(self, pipeline: WindowPipeline, reader: Any, grid: ClipGrid, description: str | None) -> np.ndarray:
        samples = _grid_samples(pipeline, reader, grid, description)
        return np.concatenate([row.numpy() for row in self._rows(samples)])

    def _rows(self, samples: Iterable[dict[str, Any]]) -> Iterator[Tensor]:
        wants_scores = self.pool is None
        options = PredictOptions()
        if wants_scores and self.multi_view:
            options = PredictOptions(average_clips=None)
        elif wants_scores:
            # Probabilities also where the config averages raw scores: those of several models can be added.
            options = PredictOptions(average_clips='prob')
        for pair in run_windows(self.model, samples, self.pool, wants_scores, self.batch_size, options):
            # One of the two is None, as it was not requested.
            yield from (part for part in pair if part is not None)


def _duration(video: str) -> tuple[float, float]:
    """Duration in seconds and frames per second; NaN and 0 of what has neither, such as features of audio."""
    try:
        with open_video(video) as reader:
            fps = float(reader.avg_fps or 0.0)
            return (float(reader.start_times()[-1]) if fps else float('nan')), fps
    except (OSError, ValueError):
        return float('nan'), 0.0


def write_array(path: str, array: np.ndarray, column: str = 'f{}', digits: int = 6) -> None:
    """Write features in the format of the suffix: ``.pkl``, ``.npy`` or ``.csv``.

    Args:
        path: the file.
        array: (T, ...), or (C,) for a single row. A csv file has one row per T, of all other values.
        column: names of the columns of a csv file, with a place for their number.
        digits: significant digits in a csv file.
    """
    ext = os.path.splitext(path)[1]
    if ext == '.pkl':
        with open(path, 'wb') as file:
            pickle.dump(array, file)
    elif ext == '.npy':
        np.save(path, array)
    else:
        table = np.atleast_2d(array)
        table = table.reshape(len(table), -1)
        header = ','.join(map(column.format, range(table.shape[1])))
        np.savetxt(path, table, f'%.{digits}g', ',', header=header, comments='')
