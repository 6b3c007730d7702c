"""See ``python tools/convert/reparameterize_model.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['tools', 'reparameterize-model', *sys.argv[1:]])
