"""See ``python tools/data/gym/trim_event.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'gym', 'trim-event', *sys.argv[1:]])
