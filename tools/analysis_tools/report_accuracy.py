"""See ``python tools/analysis_tools/report_accuracy.py --help``."""

from mmaction.cli.report_accuracy import main

if __name__ == '__main__':
    main()
