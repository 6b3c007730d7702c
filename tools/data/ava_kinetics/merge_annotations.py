"""See ``python tools/data/ava_kinetics/merge_annotations.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'ava-kinetics', 'merge-annotations', *sys.argv[1:]])
