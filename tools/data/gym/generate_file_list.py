"""See ``python tools/data/gym/generate_file_list.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'gym', 'generate-file-list', *sys.argv[1:]])
