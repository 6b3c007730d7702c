"""See ``python tools/data/hvu/download.py --help``."""

from mmaction.cli.hvu.download import main

if __name__ == '__main__':
    main()
