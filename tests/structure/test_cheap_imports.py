"""Modules that must load fast: configs import the recipes, also in tools that never build a model."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize('module', ['mmaction', 'mmaction.recipes', 'mmaction.recipes.pose', 'mmaction.utils.check'])
def test_import_loads_no_heavy_package(module):
    code = f'import sys, {module}; print(*sorted({{"torch", "cv2", "matplotlib", "mmengine"}} & {{*sys.modules}}))'
    run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
