"""See ``python tools/data/activitynet/activitynet_feature_postprocessing.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'activitynet', 'feature-postprocessing', *sys.argv[1:]])
