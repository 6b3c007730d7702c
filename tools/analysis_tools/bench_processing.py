"""See ``python tools/analysis_tools/bench_processing.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['tools', 'bench-processing', *sys.argv[1:]])
