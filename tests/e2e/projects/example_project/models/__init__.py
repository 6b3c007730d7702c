from .example_net import ExampleNet

__all__ = ['ExampleNet']
