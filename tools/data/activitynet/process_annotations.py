"""See ``python tools/data/activitynet/process_annotations.py --help``."""

from mmaction.cli.activitynet.process_annotations import main

if __name__ == '__main__':
    main()
