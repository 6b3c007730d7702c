"""See ``python tools/data/activitynet/process_annotations.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'activitynet', 'process-annotations', *sys.argv[1:]])
