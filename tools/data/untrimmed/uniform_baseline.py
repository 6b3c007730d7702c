"""See ``python tools/data/untrimmed/uniform_baseline.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'untrimmed', 'uniform-baseline', *sys.argv[1:]])
