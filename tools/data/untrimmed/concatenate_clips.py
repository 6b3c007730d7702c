"""See ``python tools/data/untrimmed/concatenate_clips.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'untrimmed', 'concatenate-clips', *sys.argv[1:]])
