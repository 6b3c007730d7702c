"""See ``python tools/visualizations/vis_scheduler.py --help``."""

from mmaction.cli.vis_scheduler import main

if __name__ == '__main__':
    main()
