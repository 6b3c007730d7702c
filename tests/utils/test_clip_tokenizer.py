"""CLIP's tokenizer on a small vocabulary made by hand."""

from __future__ import annotations

import gzip
import json

import pytest
import torch

from mmaction.utils.clip_tokenizer import (
    END,
    START,
    VOCAB_FILE,
    CLIPTokenizer,
    byte_symbols,
    clean_text,
    find_vocab,
    merge_pairs,
    read_merges,
    split_words,
)

MERGES = [('h', 'u'), ('hu', 'g</w>'), ('a', 'a'), ('Ã', '¼'), ("'", 's</w>')]
LINES = '\n'.join(['#version: 0.2', *map(' '.join, MERGES), ''])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder of downloaded weights."""
    monkeypatch.setattr('torch.hub.get_dir', lambda: str(tmp_path / 'hub'))
    monkeypatch.setattr('mmaction.utils.clip_tokenizer.find_spec', lambda name: None)
    (tmp_path / 'hub' / 'checkpoints').mkdir(parents=True)
    return tmp_path


def test_bytes_in_the_order_of_their_tokens():
    symbols = byte_symbols()
    assert list(symbols)[:3] == [33, 34, 35]
    assert (symbols[ord('a')], symbols[ord(' ')], symbols[0], symbols[255]) == ('a', 'Ġ', 'Ā', 'ÿ')
    assert len(set(symbols.values())) == 256


def test_cleaning():
    assert clean_text(' A &amp;amp; B\n\tÜ ') == 'a & b ü'
    assert clean_text('u\u0308') == 'ü'  # composed


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('shake hands', ['shake', 'hands']),
        ("they're 10 o'clock!!", ['they', "'re", '1', '0', 'o', "'", 'clock', '!!']),
        ('x_y 3½²', ['x', '_', 'y', '3', '½', '²']),  # an underscore is no letter, a fraction a number
        ('日本 🙂', ['日本', '🙂']),
        (f'{START}a{END}', [START, 'a', END]),
        ("..'s", ["..'", 's']),  # the run of signs comes first
    ],
)
def test_words(text, words):
    assert list(split_words(text)) == words


@pytest.mark.parametrize(
    ('parts', 'merged'),
    [
        (['a', 'a', 'a', 'a</w>'], ['aa', 'a', 'a</w>']),
        (['a', 'a', 'a', 'a', 'b</w>'], ['aa', 'aa', 'b</w>']),
        (['h', 'u', 'g</w>'], ['hug</w>']),
        (['u', 'g</w>'], ['u', 'g</w>']),
        (['x</w>'], ['x</w>']),
    ],
)
def test_merging(parts, merged):
    assert merge_pairs(parts, {pair: rank for rank, pair in enumerate(MERGES)}) == merged


def test_ids_follow_bytes_and_merges():
    tokenizer = CLIPTokenizer(MERGES)
    symbols = [*byte_symbols().values()]
    hug, ue, start, end = 513, 515, 517, 518
    assert tokenizer.encode('Hug') == [hug]
    # the bytes of ü are merged inside of a word; at its end the second one is another token
    assert tokenizer.encode('üb') == [ue, 256 + symbols.index('b')]
    assert tokenizer.encode('ü') == [symbols.index('Ã'), 256 + symbols.index('¼')]
    ids = tokenizer(['hug hug', ''], 6)
    assert ids.dtype == torch.int64
    assert ids.tolist() == [[start, hug, hug, end, 0, 0], [start, end, 0, 0, 0, 0]]


def test_long_texts():
    tokenizer = CLIPTokenizer(MERGES)
    with pytest.raises(ValueError, match=r"'hug hug hug' has 5 tokens, start and end included; the limit is 4"):
        tokenizer('hug hug hug', 4)
    assert tokenizer('hug hug hug', 4, truncate=True).tolist() == [[517, 513, 513, 518]]
    assert tokenizer('hug').shape == (1, 77)


def test_both_files_give_the_same_pairs(tmp_path):
    (tmp_path / 'merges.txt').write_text(LINES, encoding='utf-8')
    with gzip.open(tmp_path / VOCAB_FILE, 'wt', encoding='utf-8') as stream:
        stream.write(LINES)
    assert read_merges(str(tmp_path / 'merges.txt')) == read_merges(str(tmp_path / VOCAB_FILE)) == MERGES


def test_pairs_beyond_the_published_model_are_left_out(tmp_path):
    path = tmp_path / 'merges.txt'
    path.write_text('"comment"\n' + 'a b\n' * 50000)
    assert len(read_merges(str(path))) == 48894
    tokenizer = CLIPTokenizer([(str(number), 'x') for number in range(48894)])
    assert (tokenizer.ids[START], tokenizer.ids[END]) == (49406, 49407)


def test_ids_of_a_vocabulary_file(tmp_path):
    (tmp_path / 'merges.txt').write_text(LINES, encoding='utf-8')
    vocab = {'hug</w>': 7, START: 1, END: 2}
    (tmp_path / 'vocab.json').write_text(json.dumps(vocab))
    tokenizer = CLIPTokenizer.from_file(str(tmp_path))
    assert tokenizer('hug', 4).tolist() == [[1, 7, 2, 0]]
    with pytest.raises(ValueError, match=r"lacks the tokens \['k', 'o</w>'\] of the word 'ko'"):
        tokenizer('ko')
    with pytest.raises(ValueError, match=r'lacks \[.*startoftext.*\]: it is not that of a CLIP model'):
        CLIPTokenizer(MERGES, {'a': 0})


@pytest.mark.parametrize('join', [list, ' '.join])  # as it is written today, and as it was
def test_one_file_of_hugging_face(tmp_path, join):
    special = [dict(id=1, content=START), dict(id=2, content=END)]
    model = dict(type='BPE', vocab={'hug</w>': 7}, merges=[join(pair) for pair in MERGES])
    path = tmp_path / 'tokenizer.json'
    path.write_text(json.dumps(dict(added_tokens=special, model=model)))
    for source in (path, tmp_path):
        assert CLIPTokenizer.from_file(str(source))('hug', 4).tolist() == [[1, 7, 2, 0]]
    path.write_text(json.dumps(dict(model=dict(vocab=[]))))
    with pytest.raises(ValueError, match=r"tokenizer\.json is no tokenizer of byte pairs: KeyError: 'merges'"):
        CLIPTokenizer.from_file(str(tmp_path))


def test_places_of_the_file(folder):
    weights = folder / 'model.safetensors'
    with pytest.raises(
        FileNotFoundError, match=rf'{VOCAB_FILE} or merges.txt or tokenizer.json.*Download https.* and put it at .*hub'
    ):
        find_vocab()
    cached = folder / 'hub' / 'checkpoints' / VOCAB_FILE
    cached.touch()
    assert find_vocab() == find_vocab(str(weights)) == str(cached)
    (folder / 'merges.txt').touch()
    assert find_vocab(str(weights)) == find_vocab(str(folder)) == str(folder / 'merges.txt')
    assert find_vocab(str(folder / 'merges.txt')) == str(folder / 'merges.txt')
    with pytest.raises(FileNotFoundError, match=r'put it at .*elsewhere'):
        find_vocab(str(folder / 'elsewhere' / 'merges.txt'))


@pytest.mark.parametrize(
    ('name', 'content', 'message'),
    [
        ('merges.txt', b'#\na b\na b c\n', r"line 3: 'a b c' is not a pair of tokens"),
        ('merges.txt', b'\xff\xfe\x00', 'is not a file of merges'),
        (VOCAB_FILE, b'<html>', 'is not a file of merges: Not a gzipped file'),
    ],
)
def test_other_files(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_merges(str(tmp_path / name))
