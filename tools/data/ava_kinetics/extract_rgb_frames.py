"""See ``python tools/data/ava_kinetics/extract_rgb_frames.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'ava-kinetics', 'extract-rgb-frames', *sys.argv[1:]])
