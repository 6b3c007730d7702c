"""Tools of the tests: deterministic weights, goldens, tiny synthetic videos, and configs by name."""

from mmaction._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        'fill': ['fill_array', 'fill_state_dict', 'seeded_tensor'],
        'golden': ['Golden', 'compare_golden', 'make_golden'],
        'fakes': ['iter_texture', 'moving_texture', 'write_sound', 'write_video'],
        'localization': ['activity_features', 'write_activitynet'],
        'configs': [
            'get_audio_recognizer_cfg',
            'get_cfg',
            'get_detector_cfg',
            'get_localizer_cfg',
            'get_recognizer_cfg',
            'get_similarity_cfg',
            'get_skeletongcn_cfg',
        ],
        'inputs': [
            'check_norm_state',
            'generate_backbone_demo_inputs',
            'generate_detector_demo_inputs',
            'generate_recognizer_demo_inputs',
        ],
    },
)
