"""See ``python tools/analysis/report_accuracy.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['tools', 'report-accuracy', *sys.argv[1:]])
