"""See ``python tools/data/ava_kinetics/fetch_proposal.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'ava-kinetics', 'fetch-proposal', *sys.argv[1:]])
