"""See ``python tools/data/skeleton/ntu_pose_extraction.py --help``."""

from mmaction.cli.ntu_pose_extraction import main

if __name__ == '__main__':
    main()
