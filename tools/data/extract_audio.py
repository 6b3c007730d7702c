"""See ``python tools/data/extract_audio.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'extract-audio', *sys.argv[1:]])
