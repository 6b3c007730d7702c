"""Necks: what joins features of several stages before the head."""

from mmaction.models.necks.tpn import TPN

__all__ = ['TPN']
