"""See ``python tools/deployment/export_onnx_posec3d.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['tools', 'export-onnx-posec3d', *sys.argv[1:]])
