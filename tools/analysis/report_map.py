"""See ``python tools/analysis/report_map.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['tools', 'report-map', *sys.argv[1:]])
