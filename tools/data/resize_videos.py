"""See ``python tools/data/resize_videos.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'resize-videos', *sys.argv[1:]])
