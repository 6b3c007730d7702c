"""See ``python tools/data/hacs/generate_anotations.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'hacs', 'generate-anotations', *sys.argv[1:]])
