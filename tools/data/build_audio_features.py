"""See ``python tools/data/build_audio_features.py --help``."""

from mmaction.cli.build_audio_features import main

if __name__ == '__main__':
    main()
