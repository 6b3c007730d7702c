"""The parts of :mod:`mmaction.datasets.transforms.formatting`."""
