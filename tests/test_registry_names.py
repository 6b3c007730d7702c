"""Names of one's own beside ours: those of MMAction2 1.x are taken, those that this package adds are not."""

from __future__ import annotations

import subprocess
import sys

import pytest
from torch import nn

from mmaction import registry
from mmaction.registry import ADDED, MODELS, Registry


@pytest.fixture
def models():
    """The registry of models, restored afterwards."""
    before = dict(MODELS.module_dict)
    yield MODELS
    MODELS._module_dict.clear()
    MODELS._module_dict.update(before)


def test_added_names_are_those_that_mmaction2_does_not_register(golden_dir):
    recorded = set((golden_dir / 'registered_1x.txt').read_text(encoding='utf-8').split())
    found = set()
    for value in vars(registry).values():
        if isinstance(value, Registry):
            ours = {name for name, cls in value.module_dict.items() if cls.__module__.startswith('mmaction.')}
            found |= ours - recorded
    assert found == ADDED


def test_a_class_of_the_users_replaces_an_added_one(models):
    ours = models.get('CTRGCN')
    with pytest.warns(UserWarning, match='CTRGCN of test_registry_names replaces the class of that name of mmaction'):

        @models.register_module()
        class CTRGCN(nn.Module):
            pass

    assert models.get('CTRGCN') is CTRGCN
    assert models.get('MSG3D') is not ours
    with pytest.raises(KeyError, match='CTRGCN is already registered'):  # by the user, twice
        models.register_module(name='CTRGCN', module=nn.Linear)


def test_a_name_of_mmaction2_is_taken(models):
    with pytest.raises(KeyError, match='STGCN is already registered'):
        models.register_module(name='STGCN', module=nn.Linear)
    models.register_module(name='STGCN', module=nn.Linear, force=True)
    assert models.get('STGCN') is nn.Linear


def test_a_class_registered_before_ours_stays():
    code = (
        'from torch import nn\nfrom mmaction.registry import MODELS\n'
        '@MODELS.register_module()\nclass MSG3D(nn.Module): pass\n'
        'import mmaction.models\nassert MODELS.get("MSG3D") is MSG3D\nassert MODELS.get("CTRGCN")\n'
    )
    subprocess.run([sys.executable, '-W', 'error::UserWarning:__main__', '-c', code], check=True, timeout=300)
