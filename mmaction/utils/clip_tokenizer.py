"""CLIP's tokenizer: byte-level byte pair encoding (Sennrich et al., 2016, https://arxiv.org/abs/1508.07909).

A text becomes words, a word the characters that stand for its bytes, and these are merged pair by pair in the order in
which the pairs were learned. The pairs are data of the published model and come as a file.
"""

from __future__ import annotations

import gzip
import html
import json
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from itertools import pairwise

import torch
from torch import Tensor

START, END = '<|startoftext|>', '<|endoftext|>'
CONTEXT_LENGTH = 77
VOCAB_FILE = 'bpe_simple_vocab_16e6.txt.gz'
VOCAB_URL = f'https://openaipublic.azureedge.net/clip/{VOCAB_FILE}'
#: names of the file of merges, the first is that of CLIP's authors and the others those of Hugging Face
VOCAB_FILES = (VOCAB_FILE, 'merges.txt', 'tokenizer.json')
# The authors' file lists more pairs than they use: 49152 tokens less 2 * 256 bytes and 2 special tokens.
_MAX_MERGES = 48894
_END_OF_WORD = '</w>'
# Packages that ship the file, if they are installed.
_PACKAGES = ('open_clip', 'clip')

Pair = tuple[str, str]


@cache
def byte_symbols() -> dict[int, str]:
    """A printable character for each byte; the order is that of the first 256 tokens.

    Printable bytes of Latin-1 stand for themselves, and the others are counted from U+0100.
    """
    printable = [*range(ord('!'), ord('~') + 1), *range(ord('¡'), ord('¬') + 1), *range(ord('®'), ord('ÿ') + 1)]
    symbols = {byte: chr(byte) for byte in printable}
    others = [byte for byte in range(256) if byte not in symbols]
    symbols.update({byte: chr(256 + number) for number, byte in enumerate(others)})
    return symbols


def clean_text(text: str) -> str:
    """Text without HTML entities, in lower case and with single blanks."""
    text = html.unescape(html.unescape(unicodedata.normalize('NFC', text)))
    return re.sub(r'\s+', ' ', text).strip().lower()


_SPECIAL = re.compile(rf"{re.escape(START)}|{re.escape(END)}|'(?:s|t|re|ve|m|ll|d)")


def _kind(character: str) -> str:
    """``L`` for a letter, ``N`` for a number, a blank for a blank, ``.`` for anything else."""
    if character.isspace():
        return ' '
    category = unicodedata.category(character)[0]
    return category if category in 'LN' else '.'


def split_words(text: str) -> Iterator[str]:
    """Special tokens, English contractions, runs of letters, single digits and runs of other signs."""
    kinds = ''.join(map(_kind, text))
    # The character classes are those of Unicode, which Python's re does not know: so it sees the kinds only.
    runs = re.compile(r'L+|N|\.+')
    start = 0
    while start < len(text):
        found = _SPECIAL.match(text, start) or runs.match(kinds, start)
        if found is None:  # a blank
            start += 1
            continue
        yield text[start : found.end()]
        start = found.end()


class CLIPTokenizer:
    """Texts to token ids.

    Ids are those of ``vocab``, or: 256 bytes, 256 bytes that end a word, the merged pairs, ``<|startoftext|>``,
    ``<|endoftext|>``.

    Args:
        merges: pairs of tokens to merge, the first learned first.
        vocab: token -> id.

    Raises:
        ValueError: ``vocab`` lacks tokens that the merges make.
    """

    def __init__(self, merges: Iterable[Pair], vocab: Mapping[str, int] | None = None) -> None:
        merges = list(merges)
        if vocab is None:
            symbols = list(byte_symbols().values())
            tokens = [*symbols, *(symbol + _END_OF_WORD for symbol in symbols), *map(''.join, merges), START, END]
            vocab = {token: number for number, token in enumerate(tokens)}
        missing = [token for token in (START, END) if token not in vocab]
        if missing:
            raise ValueError(f'The vocabulary lacks {missing}: it is not that of a CLIP model.')
        self.ids = dict(vocab)
        self.ranks = {pair: rank for rank, pair in enumerate(merges)}
        self._known: dict[str, list[int]] = {START: [self.ids[START]], END: [self.ids[END]]}

    @classmethod
    def from_file(cls, path: str | None = None) -> CLIPTokenizer:
        """Read the merges; see :func:`find_vocab` for ``path``. A ``vocab.json`` in the same folder gives the ids."""
        file = find_vocab(path)
        if file.endswith('.json'):
            return cls(*read_tokenizer(file))
        vocab = os.path.join(os.path.dirname(file), 'vocab.json')
        if not os.path.isfile(vocab):
            return cls(read_merges(file))
        with open(vocab, encoding='utf-8') as stream:
            return cls(read_merges(file), json.load(stream))

    def encode(self, text: str) -> list[int]:
        """Ids of the tokens of a text, without those of start and end."""
        return [number for word in split_words(clean_text(text)) for number in self._word_ids(word)]

    def __call__(
        self, texts: str | Sequence[str], context_length: int = CONTEXT_LENGTH, *, truncate: bool = False
    ) -> Tensor:
        """Encode texts between the tokens of start and end, padded with zeros.

        Args:
            texts: N texts, or one.
            context_length: ids per text L.
            truncate: cut longer texts.

        Returns:
            int64 (N, L).

        Raises:
            ValueError: a text has too many tokens.
        """
        if isinstance(texts, str):
            texts = [texts]
        out = torch.zeros(len(texts), context_length, dtype=torch.int64)
        for row, text in zip(out, texts):
            ids = [self.ids[START], *self.encode(text), self.ids[END]]
            if len(ids) > context_length and not truncate:
                raise ValueError(
                    f'The text {text!r} has {len(ids)} tokens, start and end included; the limit is {context_length}. '
                    'Shorten it, or set truncate=True.'
                )
            if len(ids) > context_length:
                ids = [*ids[: context_length - 1], self.ids[END]]
            row[: len(ids)] = torch.tensor(ids)
        return out

    def _word_ids(self, word: str) -> list[int]:
        if word not in self._known:
            symbols = byte_symbols()
            parts = [symbols[byte] for byte in word.encode()]
            parts[-1] += _END_OF_WORD
            merged = merge_pairs(parts, self.ranks)
            unknown = [token for token in merged if token not in self.ids]
            if unknown:
                raise ValueError(
                    f'The vocabulary lacks the tokens {unknown} of the word {word!r}: vocab.json and the file of '
                    'merges are not of the same model.'
                )
            self._known[word] = [self.ids[token] for token in merged]
        return self._known[word]


def merge_pairs(parts: Sequence[str], ranks: Mapping[Pair, int]) -> list[str]:
    """Merge neighbouring parts, all occurrences of the pair with the lowest rank first, until no pair has a rank."""
    parts = list(parts)
    while len(parts) > 1:
        best = min(pairwise(parts), key=lambda pair: ranks.get(pair, len(ranks)))
        if best not in ranks:
            break
        merged: list[str] = []
        for part in parts:
            if merged and (merged[-1], part) == best:
                merged[-1] += part
                # A merged part cannot start another pair of the same kind: 'aaa' is 'aa', 'a'.
            else:
                merged.append(part)
        parts = merged
    return parts


def read_merges(path: str) -> list[Pair]:
    """Read a file of merges, plain or compressed: a line of comment, then one pair per line.

    Raises:
        ValueError: it is not such a file.
    """
    opener = gzip.open if path.endswith('.gz') else open
    try:
        with opener(path, 'rt', encoding='utf-8') as stream:
            lines = stream.read().split('\n')
    except (gzip.BadGzipFile, EOFError, UnicodeDecodeError) as error:
        raise ValueError(f'{path} is not a file of merges: {error}.') from error
    pairs = []
    # The first line is a comment in both layouts, and may itself be a pair of symbols.
    for number, line in enumerate(lines[1 : _MAX_MERGES + 1], 2):
        parts = line.split()
        if not parts:
            continue
        if len(parts) != 2:
            raise ValueError(f'{path}, line {number}: {line!r} is not a pair of tokens; it is no file of merges.')
        pairs.append((parts[0], parts[1]))
    return pairs


def read_tokenizer(path: str) -> tuple[list[Pair], dict[str, int]]:
    """Read the merges and the ids of the tokens in a ``tokenizer.json`` of Hugging Face.

    Raises:
        ValueError: it is not such a file, or of another kind of tokenizer.
    """
    with open(path, encoding='utf-8') as stream:
        try:
            content = json.load(stream)
            model = content['model']
            merges = [tuple(pair.split() if isinstance(pair, str) else pair) for pair in model['merges']]
            special = {token['content']: token['id'] for token in content['added_tokens']}
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f'{path} is no tokenizer of byte pairs: {type(error).__name__}: {error}.') from error
    return merges, model['vocab'] | special


def vocab_folder() -> str:
    """Folder in which the file of merges is found without naming it: that of downloaded weights."""
    return os.path.join(torch.hub.get_dir(), 'checkpoints')


def find_vocab(path: str | None = None) -> str:
    """Find the file of merges.

    Args:
        path: the file; a folder with it, such as one of Hugging Face; or the file of the weights next to it. None:
            the folder of downloaded weights, then the packages ``open_clip`` and ``clip``.

    Raises:
        FileNotFoundError: there is none. The message has its name, its source and the places.
    """
    folders = [vocab_folder(), *_package_folders()]
    if path is not None:
        path = os.path.expanduser(path)
        is_vocab = path.endswith(('.gz', '.txt', '.json'))
        if is_vocab and os.path.isfile(path):
            return path
        own = path if os.path.isdir(path) else os.path.dirname(path) or '.'
        # A file of merges or a folder that was named is meant; weights may lie without it.
        folders = [own] if is_vocab or os.path.isdir(path) else [own, *folders]
    for folder in folders:
        for name in VOCAB_FILES:
            file = os.path.join(folder, name)
            if os.path.isfile(file):
                return file
    raise FileNotFoundError(
        f"There is no vocabulary of CLIP's tokenizer, {' or '.join(VOCAB_FILES)}, in {', '.join(folders)}. Download "
        f'{VOCAB_URL} (1.3 MB) and put it at {os.path.join(folders[0], VOCAB_FILE)}, or name the file.'
    )


def _package_folders() -> list[str]:
    specs = [find_spec(name) for name in _PACKAGES]
    return [os.path.dirname(spec.origin) for spec in specs if spec is not None and spec.origin]
