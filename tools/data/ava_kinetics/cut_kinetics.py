"""See ``python tools/data/ava_kinetics/cut_kinetics.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'ava-kinetics', 'cut-kinetics', *sys.argv[1:]])
