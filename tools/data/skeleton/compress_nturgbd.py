"""See ``python tools/data/skeleton/compress_nturgbd.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'skeleton', 'compress-nturgbd', *sys.argv[1:]])
