"""See ``python tools/data/activitynet/convert_proposal_format.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'activitynet', 'convert-proposal-format', *sys.argv[1:]])
