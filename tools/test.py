"""See ``python tools/test.py --help``."""

from mmaction.cli.test import main

if __name__ == '__main__':
    main()
