"""Open and decode with OpenCV."""

from __future__ import annotations

from mmaction.registry import TRANSFORMS

from .steps import VideoDecodeStep, VideoInitStep

__all__ = ['OpenCVDecode', 'OpenCVInit']


@TRANSFORMS.register_module()
class OpenCVInit(VideoInitStep):
    """Opens a video with OpenCV. Files that are not local are put into a temporary file.

    Args:
        io_backend: see ``VideoInitStep``.
    """

    backend = 'opencv'


@TRANSFORMS.register_module()
class OpenCVDecode(VideoDecodeStep):
    """Decodes the frames of a video opened by ``OpenCVInit``, or of a ``cv2.VideoCapture``."""
