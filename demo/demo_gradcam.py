"""See ``python demo/demo_gradcam.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['cam', *sys.argv[1:]])
