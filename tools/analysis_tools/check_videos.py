"""See ``python tools/analysis_tools/check_videos.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['tools', 'check-videos', *sys.argv[1:]])
