"""See ``python tools/train.py --help``."""

from mmaction.cli.train import main

if __name__ == '__main__':
    main()
