"""From annotated videos to a small model, and back: runs of ``mmaction fit``."""

from mmaction.study.run import Encoder, Run, RunRecord, Scores, Task

__all__ = ['Encoder', 'Run', 'RunRecord', 'Scores', 'Task']
