"""See ``python tools/data/video_retrieval/prepare_msvd.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'video-retrieval', 'prepare-msvd', *sys.argv[1:]])
