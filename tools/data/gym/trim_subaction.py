"""See ``python tools/data/gym/trim_subaction.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'gym', 'trim-subaction', *sys.argv[1:]])
