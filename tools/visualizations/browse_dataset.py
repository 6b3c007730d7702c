"""See ``python tools/visualizations/browse_dataset.py --help``."""

from mmaction.cli.browse_dataset import main

if __name__ == '__main__':
    main()
