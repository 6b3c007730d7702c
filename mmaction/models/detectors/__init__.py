"""Action detectors."""

from mmaction.models.detectors.fast_rcnn import FastRCNN

__all__ = ['FastRCNN']
