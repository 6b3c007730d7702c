"""Report of a run as a page: figures with intervals, timelines, the worst errors, and what to label next."""

from mmaction.study.report.build import Report, Settings, write_report

__all__ = ['Report', 'Settings', 'write_report']
