"""See ``python demo/demo.py --help``."""

from mmaction.cli.demo import main

if __name__ == '__main__':
    main()
