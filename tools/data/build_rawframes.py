"""See ``python tools/data/build_rawframes.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'build-rawframes', *sys.argv[1:]])
