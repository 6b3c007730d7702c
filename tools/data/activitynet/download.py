"""See ``python tools/data/activitynet/download.py --help``."""

from mmaction.cli.activitynet.download import main

if __name__ == '__main__':
    main()
