"""See ``python tools/data/anno_txt2json.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'anno-txt2json', *sys.argv[1:]])
