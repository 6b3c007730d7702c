"""See ``python tools/data/ava_kinetics/softlink_ava.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'ava-kinetics', 'softlink-ava', *sys.argv[1:]])
