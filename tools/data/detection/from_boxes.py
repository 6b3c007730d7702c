"""See ``python tools/data/detection/from_boxes.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'detection', 'from-boxes', *sys.argv[1:]])
