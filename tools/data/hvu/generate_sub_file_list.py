"""See ``python tools/data/hvu/generate_sub_file_list.py --help``."""

from mmaction.cli.hvu.generate_sub_file_list import main

if __name__ == '__main__':
    main()
