from mmaction.cli.data.build_audio_features import *  # noqa: F403
