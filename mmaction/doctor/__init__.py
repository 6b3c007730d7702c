"""Examine data sets and the installation: ``mmaction doctor``."""

from mmaction.doctor.clean import write_clean_lists
from mmaction.doctor.examine import Diagnosis, examine
from mmaction.doctor.findings import Finding
from mmaction.doctor.sources import Subject, from_config, from_lists

__all__ = ['Diagnosis', 'Finding', 'Subject', 'examine', 'from_config', 'from_lists', 'write_clean_lists']
