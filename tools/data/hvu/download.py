"""See ``python tools/data/hvu/download.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'hvu', 'download', *sys.argv[1:]])
