"""See ``python tools/analysis_tools/report_map.py --help``."""

from mmaction.cli.report_map import main

if __name__ == '__main__':
    main()
