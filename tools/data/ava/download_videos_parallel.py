"""See ``python tools/data/ava/download_videos_parallel.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'ava', 'download-videos-parallel', *sys.argv[1:]])
