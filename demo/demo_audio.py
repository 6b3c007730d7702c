"""See ``python demo/demo_audio.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['tools', 'demo-audio', *sys.argv[1:]])
