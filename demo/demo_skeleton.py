"""See ``python demo/demo_skeleton.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['skeleton', *sys.argv[1:]])
