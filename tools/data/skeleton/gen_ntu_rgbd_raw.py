"""See ``python tools/data/skeleton/gen_ntu_rgbd_raw.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'skeleton', 'gen-ntu-rgbd-raw', *sys.argv[1:]])
