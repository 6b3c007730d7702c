"""See ``python tools/data/multisports/format_det_result.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'multisports', 'format-det-result', *sys.argv[1:]])
