"""See ``python tools/deployment/export_onnx_stdet.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['tools', 'export-onnx-stdet', *sys.argv[1:]])
