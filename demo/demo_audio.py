"""See ``python demo/demo_audio.py --help``."""

from mmaction.cli.demo_audio import main

if __name__ == '__main__':
    main()
