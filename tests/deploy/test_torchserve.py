"""The archive of TorchServe: its files, and the handler in it on a request."""

from __future__ import annotations

import base64
import json
import sys
from types import ModuleType, SimpleNamespace
from zipfile import ZipFile

import pytest

from mmaction.apis import inference_recognizer
from mmaction.cli.tools.mmaction2torchserve import main
from mmaction.deploy.torchserve import HANDLER_TEXT


def test_archive_answers_as_the_model_does(rec_config, rec_checkpoint, recognizer, clip_path, tmp_path, monkeypatch):
    labels = tmp_path / 'labels.txt'
    labels.write_text('a\nb\nc\nd\ne\nf\n')
    arguments = [rec_config, rec_checkpoint, '--output-folder', str(tmp_path / 'out'), '--model-name', 'm']
    main([*arguments, '--label-file', str(labels), '--model-version', '2.1'])
    with ZipFile(tmp_path / 'out' / 'm.mar') as archive:
        names = {'MAR-INF/MANIFEST.json', 'm.pth', 'config.py', 'mmaction_handler.py', 'label_map.txt'}
        assert {*archive.namelist()} == names
        archive.extractall(tmp_path / 'served')
    manifest = json.loads((tmp_path / 'served' / 'MAR-INF' / 'MANIFEST.json').read_text())
    assert manifest['model'] == dict(
        modelName='m', serializedFile='m.pth', handler='mmaction_handler.py', modelVersion='2.1'
    )

    # TorchServe imports the handler and runs it; its base class, which is not installed here, has nothing of ours.
    base = ModuleType('ts.torch_handler.base_handler')
    base.BaseHandler = object
    for name in ('ts', 'ts.torch_handler'):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, base.__name__, base)
    scope: dict = {}
    exec((tmp_path / 'served' / 'mmaction_handler.py').read_text().replace('(VideoHandler, BaseHandler)',
                                                                           '(VideoHandler)'), scope)  # fmt: skip
    handler = scope['MMActionHandler']()
    properties = {'model_dir': str(tmp_path / 'served'), 'gpu_id': None}
    handler.initialize(SimpleNamespace(system_properties=properties, manifest=manifest))
    video = open(clip_path, 'rb').read()
    answers = handler.handle([{'body': base64.b64encode(video).decode()}, {'data': video}], None)
    expected = {'abcdef'[label]: pytest.approx(score) for label, score in inference_recognizer(recognizer, clip_path)}
    assert answers == [expected, expected]
    assert [*answers[0]] == [*expected]


def test_script_has_the_same_handler_and_archives_are_kept(root, rec_config, rec_checkpoint, tmp_path, capsys):
    assert (root / 'tools' / 'deployment' / 'mmaction_handler.py').read_text() == HANDLER_TEXT
    main([rec_config, rec_checkpoint, '--output-folder', str(tmp_path)])
    assert f'The archive is at {tmp_path}/tsn.mar' in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main([rec_config, rec_checkpoint, '--output-folder', str(tmp_path)])
    assert 'tsn.mar exists; --force writes over it.' in capsys.readouterr().err
    main([rec_config, rec_checkpoint, '--output-folder', str(tmp_path), '-f'])
