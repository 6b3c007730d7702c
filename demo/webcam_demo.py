"""See ``python demo/webcam_demo.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['tools', 'webcam-demo', *sys.argv[1:]])
