"""See ``python tools/data/skeleton/ntu_pose_extraction.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'skeleton', 'ntu-pose-extraction', *sys.argv[1:]])
