"""See ``python tools/data/denormalize_proposal_file.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'denormalize-proposal-file', *sys.argv[1:]])
