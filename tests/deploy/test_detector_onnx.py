"""Action detectors as ONNX files: the same numbers as torch, for any number of clips, boxes and sizes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from colour_detector import COLOURS, draw_video, person_boxes, write_model

from mmaction.apis import init_recognizer
from mmaction.cli.main import main
from mmaction.deploy import ExportedDetector, OnnxBackend, export_detector
from mmaction.deploy.detector import DetectorNetwork, exportable
from mmaction.inference.detect import PersonBoxes, detect_actions
from mmaction.models.common.roi_align import RoIAlign
from mmaction.models.common.roi_pool import RoIPool
from mmaction.testing import seeded_tensor
from mmaction.video import open_video, write_frames

onnx = pytest.importorskip('onnx')
pytest.importorskip('onnxscript')


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    """The folder of a model, and its file ``stdet.onnx`` made by the command."""
    folder = tmp_path_factory.mktemp('onnx')
    config, checkpoint = write_model(folder, with_global=True)
    words = ['tools', 'export-onnx-stdet', config, checkpoint, '--num_frames', '4', '--shape', '64', '96']
    main([*words, '--output_file', str(folder / 'stdet.onnx')])
    return folder


@pytest.fixture(scope='module')
def model(made):
    return init_recognizer(str(made / 'colour.py'), made / 'colour.pth', 'cpu')


def test_names_and_sizes_that_vary(made):
    graph = onnx.load(made / 'stdet.onnx').graph
    assert [each.name for each in graph.input] == ['input_tensor', 'rois']
    assert [each.name for each in graph.output] == ['cls_score']
    assert [node.op_type for node in graph.node].count('RoiAlign') == 1
    assert OnnxBackend(str(made / 'stdet.onnx'), 2).input_shape == (None, 3, 4, None, None)
    with pytest.raises(ValueError, match=r'has 2 inputs \(input_tensor, rois\), not one'):
        OnnxBackend(str(made / 'stdet.onnx'))


@pytest.mark.parametrize(('clips', 'size', 'boxes'), [(1, (64, 96), 1), (3, (80, 64), 7), (2, (72, 120), 0)])
def test_numbers_are_those_of_torch(made, model, clips, size, boxes):
    """Also for boxes that leave the frame, that are empty, and whose corners lie between pixels."""
    inputs = seeded_tensor((clips, 3, 4, *size))
    corners = torch.rand(boxes, 2, 2, generator=torch.Generator().manual_seed(1)).sort(1).values * 110 - 8
    rois = torch.cat([torch.arange(boxes)[:, None] % clips, corners.flatten(1)], 1).float()
    rois[1:2, 3:] = rois[1:2, 1:3]
    with torch.no_grad():
        expected = DetectorNetwork(model)(inputs, rois)
    found = OnnxBackend(str(made / 'stdet.onnx'), 2).run(inputs.numpy(), rois.numpy())[0]
    assert found.shape == (boxes, 4)
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-5)


def test_model_stays_as_it_is(model):
    before = {name: type(module) for name, module in model.named_modules()}
    twin = exportable(model.roi_head)
    assert twin is not model.roi_head and twin.bbox_head.fc_cls is model.roi_head.bbox_head.fc_cls
    assert {name: type(module) for name, module in model.named_modules()} == before
    assert isinstance(model.roi_head.bbox_roi_extractor.roi_layer, RoIAlign)
    plain = torch.nn.Linear(2, 2)
    assert exportable(plain) is plain


def test_twins_of_layers_compute_the_same():
    x = seeded_tensor((2, 4, 3, 10, 7))
    for size in (1, (1, None, None), (None, 1, 1)):
        for kind in (torch.nn.AdaptiveAvgPool3d, torch.nn.AdaptiveMaxPool3d):
            torch.testing.assert_close(exportable(kind(size))(x), kind(size)(x))
    for grid in (4, (3, 5), (12, 9)):
        pool = torch.nn.AdaptiveAvgPool2d(grid)
        torch.testing.assert_close(exportable(pool)(x[:, :, 0]), pool(x[:, :, 0]))
    with pytest.raises(ValueError, match='each of its sizes must be 1 or None'):
        exportable(torch.nn.AdaptiveAvgPool3d(2))
    with pytest.raises(ValueError, match='RoIPool cannot be exported to ONNX'):
        exportable(RoIPool(2))
    with pytest.raises(ValueError, match=r"pool_mode \('max'\) of RoIAlign must be 'avg'"):
        exportable(RoIAlign(2, pool_mode='max'))


def test_files_of_another_size_are_named(model):
    class Fixed(OnnxBackend):
        def __init__(self):
            self.path, self.input_shape = 'fixed.onnx', (None, 3, 4, 64, 96)

    box = PersonBoxes.of([[2, 2, 20, 30]])
    with pytest.raises(ValueError, match=r'export with --num_frames 4 --shape 64 64'):
        detect_actions(
            np.zeros((8, 32, 32, 3), np.uint8), ExportedDetector(model, Fixed()), lambda *_: box, classes={1: 'a'}
        )


def test_predictions_in_a_video_are_those_of_torch(made, model):
    video = draw_video(person_boxes(24))
    exported = ExportedDetector(model, OnnxBackend(str(made / 'stdet.onnx'), 2))

    def everybody(frame, index):
        return PersonBoxes.of([own[index] for own in person_boxes(24).values() if np.isfinite(own[index]).all()])

    options = dict(classes=dict(enumerate(COLOURS, 1)), batch_size=2)
    ours = detect_actions(video, exported, everybody, **options)
    theirs = detect_actions(video, model, everybody, **options)
    for found, expected in zip(ours.key_frames, theirs.key_frames, strict=True):
        np.testing.assert_allclose(found.scores, expected.scores, atol=1e-5)


def test_demo(made, tmp_path, capsys):
    write_frames(tmp_path / 'walk.mp4', draw_video(person_boxes()), fps=16)
    boxes = ''.join(f'{frame + 1},1,{10 + frame},10,24,40,1\n' for frame in range(48))
    (tmp_path / 'boxes.txt').write_text(boxes)
    words = ['tools', 'demo-stdet-onnx', tmp_path / 'walk.mp4', tmp_path / 'out.mp4', '--config',
             made / 'colour.py', '--onnx-file', made / 'stdet.onnx', '--label-map', made / 'labels.txt', '--boxes',
             tmp_path / 'boxes.txt']  # fmt: skip
    main([str(word) for word in words])
    assert 'red (3.0 s)' in capsys.readouterr().out
    with open_video(tmp_path / 'out.mp4') as reader:
        assert len(reader) == 12


def test_other_models_are_named(recognizer, model, tmp_path):
    with pytest.raises(ValueError, match='Recognizer2D is no action detector'):
        export_detector(recognizer, str(tmp_path / 'a.onnx'), 4, (64, 64))
    with pytest.raises(ValueError, match=r'opset \(11\) must be at least 16'):
        export_detector(model, str(tmp_path / 'a.onnx'), 4, (64, 64), opset=11)
    with pytest.raises(ValueError, match=r'cannot be exported with inputs of \(2, 3, 4, 4, 4\)'):
        export_detector(model, str(tmp_path / 'a.onnx'), 4, (4, 4))
