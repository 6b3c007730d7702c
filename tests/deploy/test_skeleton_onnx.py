"""Skeleton networks in ONNX under the names of MMAction2: any batch, any number of frames."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mmaction.apis import init_recognizer
from mmaction.cli.tools import export_onnx_gcn, export_onnx_posec3d
from mmaction.testing import fill_state_dict

GCN = """
model = dict(
    type='RecognizerGCN',
    backbone=dict(type='STGCN', graph_cfg=dict(layout='coco', mode='stgcn_spatial'), base_channels=8, num_stages=2,
                  inflate_stages=[2], down_stages=[2]),
    cls_head=dict(type='GCNHead', num_classes=4, in_channels=16))
"""
POSE = """
model = dict(
    type='Recognizer3D',
    backbone=dict(type='ResNet3dSlowOnly', depth=50, in_channels=5, base_channels=4, num_stages=2, out_indices=(1,),
                  stage_blocks=(1, 1), conv1_stride_s=1, pool1_stride_s=1, inflate=(0, 1), spatial_strides=(2, 2),
                  temporal_strides=(1, 1), dilations=(1, 1)),
    cls_head=dict(type='I3DHead', in_channels=32, num_classes=4, average_clips='prob'))
"""


def saved(folder, text):
    config, checkpoint = folder / 'c.py', folder / 'c.pth'
    config.write_text(text)
    model = fill_state_dict(init_recognizer(str(config), device='cpu'))
    torch.save({'state_dict': model.state_dict()}, checkpoint)
    return str(config), str(checkpoint), model


def run(path, inputs):
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=['CPUExecutionProvider'])
    (scores,) = session.run(['cls_score'], {'input_tensor': inputs.numpy()})
    return scores


def test_graph_network(tmp_path, capsys):
    pytest.importorskip('onnxscript')
    config, checkpoint, model = saved(tmp_path, GCN)
    out = str(tmp_path / 'out.onnx')
    export_onnx_gcn.main([config, checkpoint, '--num_frames', '12', '--output_file', out])
    assert f'Successfully export the onnx file to {out}' in capsys.readouterr().out
    for batch, frames in ((1, 12), (3, 20)):
        inputs = torch.rand(batch, 2, frames, 17, 3)
        ours = model.extract_feat(inputs[:, None], stage='head')[0].detach().numpy()
        np.testing.assert_allclose(run(out, inputs), ours, rtol=1e-3, atol=1e-5)
    with pytest.raises(SystemExit):
        export_onnx_gcn.main([config, checkpoint, '--num_joints', '25', '--output_file', out])
    assert '--num_joints (25): the network of' in capsys.readouterr().err


def test_heat_maps(tmp_path, capsys):
    pytest.importorskip('onnxscript')
    config, checkpoint, model = saved(tmp_path, POSE)
    out = str(tmp_path / 'out.onnx')
    export_onnx_posec3d.main([config, checkpoint, '--image_size', '16', '--num_frames', '6', '--output_file', out])
    for batch, frames in ((1, 6), (2, 9)):
        inputs = torch.rand(batch, 5, frames, 16, 16)
        ours = model.extract_feat(inputs[:, None], stage='head')[0].detach().numpy()
        np.testing.assert_allclose(run(out, inputs), ours, rtol=1e-3, atol=1e-5)
    with pytest.raises(SystemExit):
        export_onnx_gcn.main([config, checkpoint])
    assert 'has a Recognizer3D, not a RecognizerGCN' in capsys.readouterr().err
