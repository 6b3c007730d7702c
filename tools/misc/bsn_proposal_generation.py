"""See ``python tools/misc/bsn_proposal_generation.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['tools', 'bsn-proposal-generation', *sys.argv[1:]])
