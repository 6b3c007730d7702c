"""See ``python tools/test.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['test', *sys.argv[1:]])
