"""See ``python tools/data/activitynet/download.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'activitynet', 'download', *sys.argv[1:]])
