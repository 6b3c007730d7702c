_base_ = ['_base_/clips.py', '_base_/schedule.py']
