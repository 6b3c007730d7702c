"""Boundary-Sensitive Network: its first and its last stage."""

from mmaction.models.localizers.bsn.pem import PEM
from mmaction.models.localizers.bsn.tem import TEM

__all__ = ['PEM', 'TEM']
