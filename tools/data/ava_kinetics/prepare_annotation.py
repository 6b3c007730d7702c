"""See ``python tools/data/ava_kinetics/prepare_annotation.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'ava-kinetics', 'prepare-annotation', *sys.argv[1:]])
