"""Dense Regression Network: finds what a sentence describes."""

from mmaction.models.localizers.drn.drn import DRN

__all__ = ['DRN']
