"""See ``python tools/data/hvu/parse_tag_list.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'hvu', 'parse-tag-list', *sys.argv[1:]])
