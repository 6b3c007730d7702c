"""Similarity of videos and texts."""

from mmaction.models.similarity.adapters import SimpleMeanAdapter, TransformerAdapter
from mmaction.models.similarity.clip import CLIP, load_clip
from mmaction.models.similarity.clip_similarity import CLIPSimilarity

__all__ = ['CLIP', 'CLIPSimilarity', 'SimpleMeanAdapter', 'TransformerAdapter', 'load_clip']
