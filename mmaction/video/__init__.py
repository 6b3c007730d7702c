"""Videos: open a file, URL, folder or array, read frames by index, and write them."""

from mmaction.video.check import VideoFault, VideoReport, check_video
from mmaction.video.check_frames import check_frames
from mmaction.video.errors import NotAVideoError, VideoDecodeError
from mmaction.video.extract import frame_extract
from mmaction.video.flow import FLOW_BOUND, FLOW_METHODS, flow_function, iter_flow, quantize_flow, write_flow
from mmaction.video.folder import FrameFolder, list_images, scan_frames
from mmaction.video.inputs import FrameNaming, Kind, VideoInput, check_video_file, describe_input, input_name
from mmaction.video.open import BACKENDS, as_reader, open_reader, open_video
from mmaction.video.reader import FrameReader
from mmaction.video.readers.array import ArrayReader, SequenceReader
from mmaction.video.readers.rawframes import RawFrameReader
from mmaction.video.source import FileLoader, Source, is_url, resolve_source
from mmaction.video.suffixes import IMAGE_SUFFIXES, VIDEO_SUFFIXES, natural_key
from mmaction.video.writer import VideoWriter, write_frames, write_image, write_video

__all__ = [
    'BACKENDS',
    'FLOW_BOUND',
    'FLOW_METHODS',
    'IMAGE_SUFFIXES',
    'VIDEO_SUFFIXES',
    'ArrayReader',
    'FileLoader',
    'FrameFolder',
    'FrameNaming',
    'FrameReader',
    'Kind',
    'NotAVideoError',
    'RawFrameReader',
    'SequenceReader',
    'Source',
    'VideoDecodeError',
    'VideoFault',
    'VideoInput',
    'VideoReport',
    'VideoWriter',
    'as_reader',
    'check_frames',
    'check_video',
    'check_video_file',
    'describe_input',
    'flow_function',
    'frame_extract',
    'input_name',
    'is_url',
    'iter_flow',
    'list_images',
    'natural_key',
    'open_reader',
    'open_video',
    'quantize_flow',
    'resolve_source',
    'scan_frames',
    'write_flow',
    'write_frames',
    'write_image',
    'write_video',
]
