"""See ``python demo/demo.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['tools', 'demo', *sys.argv[1:]])
