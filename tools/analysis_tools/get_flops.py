"""See ``python tools/analysis_tools/get_flops.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['tools', 'get-flops', *sys.argv[1:]])
