"""See ``python tools/misc/clip_feature_extraction.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['features', *sys.argv[1:]])
