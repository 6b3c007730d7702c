"""See ``python tools/data/activitynet/tsn_feature_extraction.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'activitynet', 'tsn-feature-extraction', *sys.argv[1:]])
