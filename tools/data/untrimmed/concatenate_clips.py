"""See ``python tools/data/untrimmed/concatenate_clips.py --help``."""

from mmaction.cli.concatenate_clips import main

if __name__ == '__main__':
    main()
