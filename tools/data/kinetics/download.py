"""See ``python tools/data/kinetics/download.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'kinetics', 'download', *sys.argv[1:]])
