"""``CLIPTokenize``: a text as token ids of CLIP."""

from __future__ import annotations

from functools import lru_cache

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.registry import TRANSFORMS
from mmaction.utils.clip_tokenizer import CLIPTokenizer

# Shared by the pipelines of training and validation: reading the pairs takes longer than all texts of an epoch.
_tokenizer = lru_cache(maxsize=4)(CLIPTokenizer.from_file)


@TRANSFORMS.register_module()
class CLIPTokenize(BaseTransform):
    """Replace ``text`` by its token ids, int64 (77,), padded with zeros.

    The tokenizer needs the file of the pairs that it merges, ``bpe_simple_vocab_16e6.txt.gz`` of CLIP's authors or
    ``merges.txt`` of Hugging Face, which is read with the first sample.

    Args:
        vocab: that file, its folder, or the file of weights next to it. Default: the folder of downloaded weights
            (``~/.cache/torch/hub/checkpoints``), or the package ``open_clip`` or ``clip``.
        truncate: cut longer texts; else they are an error.
    """

    role = 'format'
    reads = ('text',)
    writes = ('text',)

    def __init__(self, vocab: str | None = None, truncate: bool = False) -> None:
        self.vocab = vocab
        self.truncate = truncate

    def transform(self, results: dict) -> dict:
        results['text'] = _tokenizer(self.vocab)(results['text'], truncate=self.truncate)[0]
        return results
