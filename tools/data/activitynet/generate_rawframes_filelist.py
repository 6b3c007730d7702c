"""See ``python tools/data/activitynet/generate_rawframes_filelist.py --help``."""

from mmaction.cli.activitynet.generate_rawframes_filelist import main

if __name__ == '__main__':
    main()
