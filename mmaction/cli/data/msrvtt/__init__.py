"""Commands that prepare MSR-VTT: ``mmaction data msrvtt``."""
