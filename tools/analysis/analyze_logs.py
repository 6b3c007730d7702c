"""See ``python tools/analysis/analyze_logs.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['tools', 'analyze-logs', *sys.argv[1:]])
