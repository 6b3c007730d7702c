"""See ``python tools/data/activitynet/convert_proposal_format.py --help``."""

from mmaction.cli.activitynet.convert_proposal_format import main

if __name__ == '__main__':
    main()
