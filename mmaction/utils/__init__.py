"""Helpers that belong to no task. Each loads when first used."""

from mmaction._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        'setup_env': ['register_all_modules'],
        'dependency': ['register_multimodal_placeholder', 'require', 'satisfy_requirement'],
        'collect_env': ['collect_env'],
        'gradcam_utils': ['GradCAM'],
        'misc': ['VideoWriter', 'frame_extract', 'get_random_string', 'get_shm_dir', 'get_str_type', 'get_thread_id'],
        'progress': ['track', 'track_on_main_process'],
    },
)
