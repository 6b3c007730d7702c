"""Files and folders that are complete or absent, and what killed runs leave."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mmaction.utils.files import complete_folder_or_absent, complete_or_absent, is_unfinished, remove_unfinished


def tree(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob('*') if path.is_file()}


def write(folder: str | Path, **files: str) -> None:
    os.makedirs(folder, exist_ok=True)
    for name, text in files.items():
        Path(folder, name).write_text(text)


def test_a_folder_appears_when_it_is_complete(tmp_path):
    target = tmp_path / 'new' / 'v.1'
    with pytest.raises(KeyError), complete_folder_or_absent(str(target)) as unfinished:
        write(unfinished, a='half')
        raise KeyError
    assert os.listdir(target.parent) == []
    with complete_folder_or_absent(f'{target}/') as unfinished:
        write(unfinished, a='1', b='2')
        assert is_unfinished(Path(unfinished).name) and not target.exists()
    assert tree(tmp_path) == {'new/v.1/a': '1', 'new/v.1/b': '2'}


def test_an_existing_folder_is_replaced_but_for_what_is_kept(tmp_path):
    write(tmp_path / 'v', img='old', flow='kept')
    write(tmp_path / 'v' / 'sub', deep='kept')
    with pytest.raises(KeyError), complete_folder_or_absent(str(tmp_path / 'v')) as unfinished:
        write(unfinished, img='half')
        raise KeyError
    assert tree(tmp_path)['v/img'] == 'old'
    with complete_folder_or_absent(str(tmp_path / 'v'), lambda name: name != 'img') as unfinished:
        write(unfinished, img2='new')
    assert tree(tmp_path) == {'v/img2': 'new', 'v/flow': 'kept', 'v/sub/deep': 'kept'}


def test_leftovers_of_killed_runs(tmp_path):
    write(tmp_path, **{'a.12.part.mp4': 'half', 'other.12.part.mp4': 'of another run', 'b.mp4': 'whole'})
    write(tmp_path / 'v.1.7.part', img='half')
    write(tmp_path / 'w.replaced.part', img='killed between the two renames')
    write(tmp_path / 'x.replaced.part', img='killed before the old one was removed')
    write(tmp_path / 'x', img='new')
    names = ('a.mp4', 'b.mp4', 'v.1', 'w', 'x', 'not/there')
    remove_unfinished(str(tmp_path / name) for name in names)
    assert tree(tmp_path) == {
        'other.12.part.mp4': 'of another run',
        'b.mp4': 'whole',
        'w/img': 'killed between the two renames',
        'x/img': 'new',
    }


def test_names_of_unfinished_files(tmp_path):
    with complete_or_absent(str(tmp_path / 'a b.tar.gz')) as unfinished:
        assert is_unfinished(Path(unfinished).name) and unfinished.endswith('.gz')
        Path(unfinished).touch()
    assert os.listdir(tmp_path) == ['a b.tar.gz']
    assert not is_unfinished('x.part.mp4') and not is_unfinished('12.mp4') and is_unfinished('v.replaced.part')
