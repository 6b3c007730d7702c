"""See ``python tools/convert/convert_recognizer.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['config', 'migrate', *sys.argv[1:]])
