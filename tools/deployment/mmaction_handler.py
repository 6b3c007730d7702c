"""Handler of TorchServe for the archives of tools/deployment/mmaction2torchserve.py."""

from ts.torch_handler.base_handler import BaseHandler

from mmaction.deploy.torchserve import VideoHandler


class MMActionHandler(VideoHandler, BaseHandler):
    """Best five classes of each video, which a request has as base64 text in ``body`` or ``data``."""
