"""Running a trained model: pipelines for any input, windows of long videos, features, localization, poses."""
