"""See ``python tools/data/multisports/parse_anno.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'multisports', 'parse-anno', *sys.argv[1:]])
