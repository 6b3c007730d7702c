"""Frames of videos: one reader in front of every decoder, and the steps that open and decode."""

from ._array import ArrayReader, SequenceReader
from ._rawframes import RawFrameReader
from .errors import VideoDecodeError
from .reader import BACKENDS, FrameReader, as_reader, open_reader
from .steps_auto import AutoDecode, AutoInit
from .steps_decord import DecordDecode, DecordInit
from .steps_frames import ArrayDecode, ImageDecode, LoadRGBFromFile, RawFrameDecode
from .steps_opencv import OpenCVDecode, OpenCVInit
from .steps_pims import PIMSDecode, PIMSInit
from .steps_pyav import PyAVDecode, PyAVDecodeMotionVector, PyAVInit
from .steps_torchcodec import TorchCodecDecode, TorchCodecInit

__all__ = [
    'BACKENDS',
    'ArrayDecode',
    'ArrayReader',
    'AutoDecode',
    'AutoInit',
    'DecordDecode',
    'DecordInit',
    'FrameReader',
    'ImageDecode',
    'LoadRGBFromFile',
    'OpenCVDecode',
    'OpenCVInit',
    'PIMSDecode',
    'PIMSInit',
    'PyAVDecode',
    'PyAVDecodeMotionVector',
    'PyAVInit',
    'RawFrameDecode',
    'RawFrameReader',
    'SequenceReader',
    'TorchCodecDecode',
    'TorchCodecInit',
    'VideoDecodeError',
    'as_reader',
    'open_reader',
]
