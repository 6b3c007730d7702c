"""Videos: open a file, URL, folder or array, read frames by index, and write them."""

from mmaction.video.errors import NotAVideoError, VideoDecodeError
from mmaction.video.extract import frame_extract
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
    'VideoInput',
    'VideoWriter',
    'as_reader',
    'check_video_file',
    'describe_input',
    'frame_extract',
    'input_name',
    'is_url',
    'list_images',
    'natural_key',
    'open_reader',
    'open_video',
    'resolve_source',
    'scan_frames',
    'write_frames',
    'write_image',
    'write_video',
]
