"""Networks in other runtimes: export to ONNX, and evaluation of exported files."""

from mmaction.deploy.detector_onnx import ExportedDetector, export_detector
from mmaction.deploy.evaluate import ExportedModel
from mmaction.deploy.export import ExportReport, export_onnx, verify_onnx, write_onnx
from mmaction.deploy.network import OneClipNetwork, network_of
from mmaction.deploy.onnx import OnnxBackend
from mmaction.deploy.quantize import QuantizationReport, calibration_inputs, quantize_onnx
from mmaction.deploy.runtime import Backend
from mmaction.deploy.tensorrt import TensorRTBackend

__all__ = [
    'Backend',
    'ExportReport',
    'ExportedDetector',
    'ExportedModel',
    'OneClipNetwork',
    'OnnxBackend',
    'QuantizationReport',
    'TensorRTBackend',
    'calibration_inputs',
    'export_detector',
    'export_onnx',
    'network_of',
    'quantize_onnx',
    'verify_onnx',
    'write_onnx',
]
