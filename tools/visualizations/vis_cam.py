"""See ``python tools/visualizations/vis_cam.py --help``."""

from mmaction.cli.vis_cam import main

if __name__ == '__main__':
    main()
