"""See ``python tools/data/hacs/generate_list.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'hacs', 'generate-list', *sys.argv[1:]])
