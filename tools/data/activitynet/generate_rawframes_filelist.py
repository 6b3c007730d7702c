"""See ``python tools/data/activitynet/generate_rawframes_filelist.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'activitynet', 'generate-rawframes-filelist', *sys.argv[1:]])
