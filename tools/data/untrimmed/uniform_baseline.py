"""See ``python tools/data/untrimmed/uniform_baseline.py --help``."""

from mmaction.cli.uniform_baseline import main

if __name__ == '__main__':
    main()
