"""Annotation of people's own, made into the files that the data sets read."""
