"""See ``python tools/data/extract_audio.py --help``."""

from mmaction.cli.extract_audio import main

if __name__ == '__main__':
    main()
