"""See ``python tools/misc/flow_extraction.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['tools', 'flow-extraction', *sys.argv[1:]])
