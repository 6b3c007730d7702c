"""The name under which a figure is written, which commands print."""

from __future__ import annotations

import pytest

from mmaction.visualization.plots import figure_file, new_figure, save_figure


@pytest.mark.parametrize(('name', 'written'), [('a/plot', 'a/plot.png'), ('plot.v2.svg', 'plot.v2.svg')])
def test_named_file_is_the_one_that_is_written(tmp_path, name, written):
    assert figure_file(tmp_path / name) == tmp_path / written
    save_figure(new_figure((1, 1)), tmp_path / name)
    assert list(tmp_path.rglob('*.*')) == [tmp_path / written]
