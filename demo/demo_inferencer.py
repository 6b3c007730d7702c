"""See ``python demo/demo_inferencer.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['infer', *sys.argv[1:]])
