"""See ``python demo/webcam_demo_spatiotemporal_det.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['tools', 'demo-webcam-stdet', *sys.argv[1:]])
