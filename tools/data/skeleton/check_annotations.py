"""See ``python tools/data/skeleton/check_annotations.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'skeleton', 'check-annotations', *sys.argv[1:]])
