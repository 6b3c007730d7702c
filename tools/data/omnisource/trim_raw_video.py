"""See ``python tools/data/omnisource/trim_raw_video.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'omnisource', 'trim-raw-video', *sys.argv[1:]])
