"""See ``python tools/visualizations/vis_scheduler.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['schedule', *sys.argv[1:]])
