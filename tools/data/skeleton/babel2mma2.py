"""See ``python tools/data/skeleton/babel2mma2.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'skeleton', 'babel2mma2', *sys.argv[1:]])
