"""See ``python demo/demo_localization.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['localize', *sys.argv[1:]])
