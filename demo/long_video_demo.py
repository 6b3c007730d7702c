"""See ``python demo/long_video_demo.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['tools', 'long-video-demo', *sys.argv[1:]])
