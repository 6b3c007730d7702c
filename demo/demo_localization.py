"""See ``python demo/demo_localization.py --help``."""

from mmaction.cli.demo_localization import main

if __name__ == '__main__':
    main()
