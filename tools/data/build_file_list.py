"""See ``python tools/data/build_file_list.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'build-file-list', *sys.argv[1:]])
