"""See ``python tools/train.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['train', *sys.argv[1:]])
