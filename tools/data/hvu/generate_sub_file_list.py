"""See ``python tools/data/hvu/generate_sub_file_list.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'hvu', 'generate-sub-file-list', *sys.argv[1:]])
