"""See ``python demo/demo_spatiotemporal_det_onnx.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['tools', 'demo-stdet-onnx', *sys.argv[1:]])
