"""Commands that prepare data of video retrieval: ``mmaction data video-retrieval``."""
