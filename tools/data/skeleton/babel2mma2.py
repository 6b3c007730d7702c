"""See ``python tools/data/skeleton/babel2mma2.py --help``."""

from mmaction.cli.babel2mma2 import main

if __name__ == '__main__':
    main()
