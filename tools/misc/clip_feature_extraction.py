"""See ``python tools/misc/clip_feature_extraction.py --help``."""

from mmaction.cli.clip_feature_extraction import main

if __name__ == '__main__':
    main()
