"""See ``python tools/convert/reparameterize_model.py --help``."""

from mmaction.cli.reparameterize_model import main

if __name__ == '__main__':
    main()
