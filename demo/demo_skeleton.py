"""See ``python demo/demo_skeleton.py --help``."""

from mmaction.cli.demo_skeleton import main

if __name__ == '__main__':
    main()
