"""See ``python demo/demo_video_structuralize.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['tools', 'demo-structuralize', *sys.argv[1:]])
