"""See ``python tools/analysis/eval_metric.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['tools', 'eval-metric', *sys.argv[1:]])
