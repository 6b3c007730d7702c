from .csv_dataset import CsvDataset
from .transforms import AnySquare, DoubleThenHalf, ScaleFrames, SegmentFrames

__all__ = ['AnySquare', 'CsvDataset', 'DoubleThenHalf', 'ScaleFrames', 'SegmentFrames']
