"""See ``python tools/analysis_tools/benchmark.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['tools', 'benchmark', *sys.argv[1:]])
