"""See ``python tools/data/hacs/write_feature_csv.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'hacs', 'write-feature-csv', *sys.argv[1:]])
