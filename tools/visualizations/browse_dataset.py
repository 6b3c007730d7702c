"""See ``python tools/visualizations/browse_dataset.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['browse', *sys.argv[1:]])
