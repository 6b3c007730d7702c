"""See ``python tools/data/build_videos.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'build-videos', *sys.argv[1:]])
