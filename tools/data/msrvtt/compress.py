"""See ``python tools/data/msrvtt/compress.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'msrvtt', 'compress', *sys.argv[1:]])
