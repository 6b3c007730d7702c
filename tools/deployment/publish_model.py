"""See ``python tools/deployment/publish_model.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['tools', 'publish-model', *sys.argv[1:]])
