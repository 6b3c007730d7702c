"""See ``python tools/analysis/print_config.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['config', *sys.argv[1:]])
