"""Dataset of videos with captions, for retrieval."""

from __future__ import annotations

from typing import Any

from mmaction.datasets.annotation import join_media_path, load_dict
from mmaction.datasets.base import BaseActionDataset
from mmaction.registry import DATASETS


def caption_pairs(captions: dict[str, Any], ann_file: str) -> list[tuple[str, str]]:
    """Pairs of a video and one of its captions.

    Args:
        captions: ``{path of a video: [caption, ...]}``; a single caption need not be in a list.
        ann_file: their file, for messages.

    Raises:
        ValueError: a video has captions that are not text, or there is no pair at all.
    """
    pairs = []
    for path, texts in captions.items():
        texts = [texts] if isinstance(texts, str) else texts
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise ValueError(f'{ann_file}: the captions of {path!r} must be a list of texts, found {texts!r}.')
        pairs += [(path, text) for text in texts]
    if not pairs:
        raise ValueError(f'{ann_file} has no captions.')
    return pairs


@DATASETS.register_module()
class VideoTextDataset(BaseActionDataset):
    """Videos with captions, one sample per pair of ``filename`` and ``text``.

    The annotation file is a JSON object: ``{"video.mp4": ["a man is driving", ...], ...}``, as
    ``tools/data/video_retrieval`` writes it. The arguments are those of :class:`BaseActionDataset`.
    """

    def load_data_list(self) -> list[dict]:
        """Records ``dict(filename, text)``."""
        captions = load_dict(self.ann_file, 'See tools/data/video_retrieval.', 'ann_file')
        prefix = self.data_prefix.get(self._prefix_key, '')
        if prefix:
            self._check_folder(prefix)
        pairs = caption_pairs(captions, self.ann_file)
        return [dict(filename=join_media_path(prefix, path), text=text) for path, text in pairs]
