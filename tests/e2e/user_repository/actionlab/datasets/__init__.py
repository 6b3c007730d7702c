from .csv_dataset import CsvDataset
from .sampler import RoundRobinSampler
from .transforms import AnySquare, DoubleThenHalf, ScaleFrames, SegmentFrames

__all__ = ['AnySquare', 'CsvDataset', 'DoubleThenHalf', 'RoundRobinSampler', 'ScaleFrames', 'SegmentFrames']
