"""Model archives of TorchServe: a zip file with weights, config, class names and the handler that predicts."""

from __future__ import annotations

import base64
import io
import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import torch
from mmengine.config import Config

from mmaction.apis import inference_recognizer, init_recognizer
from mmaction.utils.files import complete_or_absent
from mmaction.utils.labels import read_labels

# Names in the archive, which the handlers of MMAction2 read.
CONFIG = 'config.py'
LABELS = 'label_map.txt'
HANDLER = 'mmaction_handler.py'
# TorchServe takes the class that the file itself defines. tools/deployment/mmaction_handler.py has the same text.
HANDLER_TEXT = '''"""Handler of TorchServe for the archives of tools/deployment/mmaction2torchserve.py."""

from ts.torch_handler.base_handler import BaseHandler

from mmaction.deploy.torchserve import VideoHandler


class MMActionHandler(VideoHandler, BaseHandler):
    """Best five classes of each video, which a request has as base64 text in ``body`` or ``data``."""
'''


def write_archive(
    cfg: Config,
    checkpoint: str,
    folder: str,
    model_name: str | None = None,
    label_file: str | None = None,
    version: str = '1.0',
    force: bool = False,
) -> str:
    """Write ``folder/model_name.mar``, as ``torch-model-archiver`` does.

    Args:
        cfg: config of the recognizer.
        checkpoint: file or URL; its training state is left out.
        folder: of the archive.
        model_name: default: the name of the checkpoint.
        label_file: file of class names, one per line.
        version: of the model.
        force: write over an existing archive.

    Returns:
        Path of the archive.

    Raises:
        FileExistsError: the archive exists.
        ValueError: the checkpoint does not fit the config.
    """
    name = model_name or Path(checkpoint).stem
    path = os.path.join(folder, f'{name}.mar')
    if os.path.exists(path) and not force:
        raise FileExistsError(f'{path} exists; --force writes over it.')
    labels = None if label_file is None else read_labels(label_file)
    model = init_recognizer(cfg, checkpoint, 'cpu')
    weights = io.BytesIO()
    torch.save({'state_dict': model.state_dict(), 'meta': {}}, weights)
    manifest = dict(
        createdOn=datetime.now(timezone.utc).strftime('%d/%m/%Y %H:%M:%S'),
        runtime='python',
        model=dict(modelName=name, serializedFile=f'{name}.pth', handler=HANDLER, modelVersion=version),
        archiverVersion='0.12.0',
    )
    # Archived uncompressed: weights hardly shrink.
    with complete_or_absent(path) as unfinished, ZipFile(unfinished, 'w', ZIP_STORED) as archive:
        archive.writestr('MAR-INF/MANIFEST.json', json.dumps(manifest, indent=2))
        archive.writestr(f'{name}.pth', weights.getvalue())
        archive.writestr(CONFIG, cfg.pretty_text)
        archive.writestr(HANDLER, HANDLER_TEXT)
        if labels is not None:
            archive.writestr(LABELS, ''.join(f'{label}\n' for label in labels))
    return path


class VideoHandler:
    """The life of a handler of TorchServe: started with a context, then called with batches of requests."""

    initialized = False
    labels: Sequence[str] | None = None

    def initialize(self, context: Any) -> None:
        """Load the model of an archive.

        Args:
            context: of TorchServe, with ``system_properties`` (``model_dir``, ``gpu_id``) and ``manifest``.
        """
        folder = context.system_properties['model_dir']
        gpu = context.system_properties.get('gpu_id')
        self.device = f'cuda:{gpu}' if torch.cuda.is_available() and gpu is not None else 'cpu'
        weights = os.path.join(folder, context.manifest['model']['serializedFile'])
        self.model = init_recognizer(os.path.join(folder, CONFIG), weights, self.device)
        names = os.path.join(folder, LABELS)
        if os.path.isfile(names):
            self.labels = read_labels(names)
        self.initialized = True

    def preprocess(self, data: Sequence[Mapping[str, Any]]) -> list[bytes]:
        """Encoded videos of requests: bytes, or base64 text."""
        videos = []
        for request in data:
            video = request.get('data') or request.get('body')
            videos.append(base64.b64decode(video) if isinstance(video, str) else bytes(video or b''))
        return videos

    def inference(self, data: Sequence[bytes], *args: Any, **kwargs: Any) -> list[list[tuple[int, float]]]:
        """Best five classes and their scores, best first, for each video."""
        results = []
        with TemporaryDirectory() as folder:
            for number, video in enumerate(data):
                path = os.path.join(folder, f'{number}.mp4')
                Path(path).write_bytes(video)
                results.append(list(inference_recognizer(self.model, path)))
        return results

    def postprocess(self, data: Sequence[Sequence[tuple[int, float]]]) -> list[dict[str, float]]:
        """Class name, or index without names, -> score."""
        return [{self._name(label): float(score) for label, score in best} for best in data]

    def handle(self, data: Sequence[Mapping[str, Any]], context: Any) -> list[dict[str, float]]:
        """Answer a batch of requests."""
        return self.postprocess(self.inference(self.preprocess(data)))

    def _name(self, label: int) -> str:
        return self.labels[label] if self.labels is not None else str(label)
