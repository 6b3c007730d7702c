"""See ``python tools/data/gym/download.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'gym', 'download', *sys.argv[1:]])
