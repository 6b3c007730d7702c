"""See ``python tools/analysis_tools/confusion_matrix.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['tools', 'confusion-matrix', *sys.argv[1:]])
