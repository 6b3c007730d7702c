"""See ``python tools/misc/bsn_proposal_generation.py --help``."""

from mmaction.cli.bsn_proposal_generation import main

if __name__ == '__main__':
    main()
