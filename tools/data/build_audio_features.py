"""See ``python tools/data/build_audio_features.py --help``."""

import sys

from mmaction.cli.main import main

if __name__ == '__main__':
    main(['data', 'build-audio-features', *sys.argv[1:]])
