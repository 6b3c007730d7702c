"""See ``python demo/demo_inferencer.py --help``."""

from mmaction.cli.demo_inferencer import main

if __name__ == '__main__':
    main()
