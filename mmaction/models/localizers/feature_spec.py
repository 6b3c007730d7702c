"""The features that a localizer takes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FeatureSpec:
    """Shape and step of the features of a video, as far as the localizer fixes them.

    Attributes:
        channels: channels per step; None for any number.
        num_steps: steps per video, to which features of another length are resized; None for any length.
        stride: frames of the video from one step to the next; None where only the test pipeline tells.
    """

    channels: int | None = None
    num_steps: int | None = None
    stride: float | None = None


class TakesFeatures:
    """The contract of a localizer that is run on the features of a recognizer; a subclass overrides what it knows."""

    @property
    def feature_spec(self) -> FeatureSpec:
        """The features that the network takes."""
        return FeatureSpec()

    @property
    def class_names(self) -> list[str] | None:
        """Name of each label; None for a network that finds segments without labels, or does not know their names."""
        return None


class AnyLength(TakesFeatures):
    """The contract of a network that takes any number of steps and labels its segments.

    Attributes:
        in_channels: channels per step.
        classes: name of each label; None where they are not known.
    """

    in_channels: int
    classes: list[str] | None

    @property
    def feature_spec(self) -> FeatureSpec:
        """The features that the network takes: any number of steps."""
        return FeatureSpec(channels=self.in_channels)

    @property
    def class_names(self) -> list[str] | None:
        """Name of each label."""
        return None if self.classes is None else list(self.classes)


_NOTHING_DECLARED = TakesFeatures()


def contract_of(localizer: object) -> TakesFeatures:
    """The declarations of a localizer; those of a model that makes none, as one written for MMAction2, are empty."""
    return localizer if isinstance(localizer, TakesFeatures) else _NOTHING_DECLARED
