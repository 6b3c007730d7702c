"""See ``python tools/data/activitynet/activitynet_feature_postprocessing.py --help``."""

from mmaction.cli.activitynet.feature_postprocessing import main

if __name__ == '__main__':
    main()
