"""See ``python tools/data/hvu/parse_tag_list.py --help``."""

from mmaction.cli.hvu.parse_tag_list import main

if __name__ == '__main__':
    main()
