"""Build step that puts configs, tools and the indexes into ``mmaction/.mim``, and bases into the package.

``mmengine.get_config('mmaction::...')``, ``mim train mmaction ...`` and the model names of the inferencer look there,
and ``read_base`` in ``mmaction/configs/_base_``. A wheel carries copies; an editable install, links into the checkout.
All else is in pyproject.toml.
"""

import os
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
INDEXES = ('model-index.yml', 'dataset-index.yml')
CARRIED = (
    ('configs', '**/*.py'),
    ('configs', '**/*.yml'),
    ('configs', '**/*.json'),
    ('tools', '**/*'),
    *(('.', name) for name in INDEXES),
)


class BuildWithConfigs(build_py):
    """Also lay out ``mmaction/.mim``."""

    def run(self) -> None:
        if not self.editable_mode:  # what an earlier build left there would end up in the wheel
            shutil.rmtree(Path(self.build_lib) / 'mmaction', ignore_errors=True)
        super().run()
        if self.editable_mode:
            mim = ROOT / 'mmaction' / '.mim'
            mim.mkdir(exist_ok=True)
            for name in ('configs', 'tools', *INDEXES):
                link = mim / name
                if not link.is_symlink():
                    link.symlink_to(os.path.relpath(ROOT / name, mim), target_is_directory=(ROOT / name).is_dir())
            return
        for target, source in self._carried().items():
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(source, target)  # with its mode: mim runs scripts
        for path, content in self._record().items():
            os.makedirs(os.path.dirname(path), exist_ok=True)
            Path(path).write_text(content)

    def _record(self) -> dict:
        # mim and mmengine look up the distribution `mmaction2`, and install the original over this package where there
        # is none. A wheel can hold one dist-info only; metadata in the older form, beside the package, counts as well.
        version = self.distribution.get_version()
        folder = Path(self.build_lib) / f'mmaction2-{version}.egg-info'
        info = f'Metadata-Version: 2.1\nName: mmaction2\nVersion: {version}\nSummary: Provided by mmaction-next\n'
        return {str(folder / 'PKG-INFO'): info, str(folder / 'top_level.txt'): 'mmaction\n'}

    def _carried(self) -> dict:
        files = {path for folder, pattern in CARRIED for path in (ROOT / folder).glob(pattern)}
        files = {path for path in files if path.is_file() and '__pycache__' not in path.parts}
        package = Path(self.build_lib) / 'mmaction'
        carried = {package / '.mim' / path.relative_to(ROOT): path for path in files}
        # of the link in the checkout, which setuptools does not follow
        bases = {package / path.relative_to(ROOT): path for path in (ROOT / 'configs' / '_base_').rglob('*.py')}
        return {str(target): str(path) for target, path in sorted({**carried, **bases}.items())}

    def get_output_mapping(self) -> dict:
        return {**super().get_output_mapping(), **self._carried()}

    def get_outputs(self, include_bytecode: bool = True) -> list:
        return [*super().get_outputs(include_bytecode), *self._carried(), *self._record()]


setup(cmdclass={'build_py': BuildWithConfigs})
