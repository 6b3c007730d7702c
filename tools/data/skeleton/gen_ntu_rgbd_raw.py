"""See ``python tools/data/skeleton/gen_ntu_rgbd_raw.py --help``."""

from mmaction.cli.gen_ntu_rgbd_raw import main

if __name__ == '__main__':
    main()
