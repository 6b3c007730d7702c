from __future__ import annotations

import pytest

from mmaction.utils.labels import read_labels


@pytest.mark.parametrize('ending', ['', '\n', '\n\n  \n', '\r\n'])
def test_blank_lines_at_the_end_are_no_classes(tmp_path, ending):
    file = tmp_path / 'labels.txt'
    file.write_bytes(('\ufeffarm wrestling\n springboard diving \nlesen üben' + ending).encode())
    assert read_labels(file) == ['arm wrestling', 'springboard diving', 'lesen üben']


def test_a_blank_line_between_names_would_shift_them(tmp_path):
    file = tmp_path / 'labels.txt'
    file.write_text('jump\n\nrun\n')
    with pytest.raises(ValueError, match=r'labels\.txt, line 2: blank, between the names.* if class 1 exists\.$'):
        read_labels(file)


def test_absent_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'no file of class names at .*labels\.txt\.$'):
        read_labels(tmp_path / 'labels.txt')


def test_a_file_of_the_package_is_found_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = 'tools/data/skeleton/label_map_ntu60.txt'
    assert len(read_labels(path)) == 60
    own = tmp_path / path
    own.parent.mkdir(parents=True)
    own.write_text('jump\n')
    assert read_labels(path) == ['jump']  # a file of the user's comes first
