"""See ``python tools/deployment/mmaction2torchserve.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['tools', 'mmaction2torchserve', *sys.argv[1:]])
