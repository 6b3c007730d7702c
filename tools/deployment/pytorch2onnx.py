"""See ``python tools/deployment/pytorch2onnx.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['export', *sys.argv[1:]])
