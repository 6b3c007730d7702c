"""See ``python tools/data/skeleton/check_annotations.py --help``."""

from mmaction.cli.check_pose_annotations import main

if __name__ == '__main__':
    main()
