"""The config of a recognizer for a model of another library, from its folder alone."""

from __future__ import annotations

from typing import Any

from mmengine.config import Config

from mmaction.models.adapters.families import FAMILIES
from mmaction.models.adapters.folders import find_folder, read_json
from mmaction.models.adapters.frame_encoder import OPEN_CLIP_CONFIG, frame_preprocessing
from mmaction.models.adapters.preprocessing import preprocessing_of

# A processor config states no sampling. 4 is that of VideoMAE and of most models trained on Kinetics.
_FRAME_INTERVAL = 4
_FRAMES = 8  # per video, for an encoder of images


def encoder_config(
    model: str, clip_len: int | None = None, frame_interval: int | None = None, num_clips: int | None = None
) -> Config:
    """Config with a recognizer and a test pipeline, both as the folder of a model states.

    A classifier of videos in transformers keeps its classes, so that it predicts; any other model has no head and gives
    features.

    Args:
        model: folder of a model of transformers, timm or open_clip, or its name on the Hugging Face hub.
        clip_len: frames of a clip. Default: those of the model; 1 for an encoder of images.
        frame_interval: frames from one frame of a clip to the next. Default: 4; 1 for an encoder of images.
        num_clips: clips per video. Default: 1; 8 frames for an encoder of images.

    Raises:
        FileNotFoundError, WeightsNotAvailable: there is no such model.
        ValueError: its config is of none of the libraries.
    """
    folder = find_folder(model)
    entries = read_json(folder, OPEN_CLIP_CONFIG, 'config.json')
    if 'model_type' in entries:
        network = _video_model(model, entries)
        preprocessing, layout = preprocessing_of(folder), 'NCTHW'
        interval, clips = frame_interval or _FRAME_INTERVAL, num_clips or 1
    else:
        network = dict(type='Recognizer2D', backbone=dict(type='FrameEncoder', model=model))
        preprocessing, layout = frame_preprocessing(entries, folder), 'NCHW'
        interval, clips = frame_interval or 1, num_clips or _FRAMES
    network['data_preprocessor'] = preprocessing.data_preprocessor(layout)
    pipeline = preprocessing.pipeline(clip_len, interval, clips, layout)
    dataset: dict[str, Any] = dict(type='VideoDataset', ann_file='', pipeline=pipeline)
    names = entries.get('id2label') or {}
    if network['type'] == 'HFVideoRecognizer' and names:
        dataset['metainfo'] = dict(classes=[names[key] for key in sorted(names, key=int)])
    loader = dict(dataset=dataset)  # where inference finds the names of the classes
    return Config(dict(default_scope='mmaction', model=network, test_pipeline=pipeline, test_dataloader=loader))


def _video_model(model: str, entries: dict[str, Any]) -> dict[str, Any]:
    if any(str(name).endswith('ForVideoClassification') for name in entries.get('architectures') or ()):
        return dict(type='HFVideoRecognizer', model=model)
    family = FAMILIES.get(entries['model_type'])
    output = 'pooled' if family is not None and family.text else 'map'
    return dict(type='Recognizer3D', backbone=dict(type='HFVideoBackbone', model=model, output=output))
