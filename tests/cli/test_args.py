import argparse

from mmaction.cli.args import load_config


def arguments(config: str, **options) -> argparse.Namespace:
    return argparse.Namespace(config=config, cfg_options=options, launcher='none', local_rank=0, work_dir=None)


def test_loading_in_process_needs_one_option(tmp_path):
    file = tmp_path / 'a.py'
    file.write_text(
        'train_dataloader = dict(num_workers=2, persistent_workers=True, prefetch_factor=2)\n'
        'val_dataloader = dict(num_workers=2, persistent_workers=True)\n'
    )
    cfg = load_config(arguments(str(file), **{'train_dataloader.num_workers': 0}))
    assert cfg.train_dataloader == dict(num_workers=0)
    assert cfg.val_dataloader == dict(num_workers=2, persistent_workers=True)
    assert cfg.work_dir == './work_dirs/a'
