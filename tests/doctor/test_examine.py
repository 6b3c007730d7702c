"""Each planted fault is found once, and a sound data set has none."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest

from mmaction.cli.main import main
from mmaction.doctor import examine, from_config, from_lists, write_clean_lists
from mmaction.video import open_video, write_video
from mmaction.video.synthetic import moving_texture

LISTS = ['lists/train.txt', 'lists/val.txt']
TRAIN = 'train/jump up/person{}_1.mp4'


def found(**options) -> list[tuple[str, str]]:
    """Kind and place of the findings."""
    subject = from_lists(LISTS, 'videos', **options)
    diagnosis = examine(subject, jobs=1, record_file='record.jsonl')
    return sorted((finding.kind, finding.where) for finding in diagnosis.findings)


def replace_line(split: str, old: str, new: str) -> None:
    path = Path(f'lists/{split}.txt')
    text = path.read_text()
    assert f'{old}\n' in text
    path.write_text(text.replace(f'{old}\n', new and f'{new}\n'))


def relabel(split: str, shift: int) -> None:
    path = Path(f'lists/{split}.txt')
    lines = [line.rsplit(' ', 1) for line in path.read_text().splitlines()]
    path.write_text(''.join(f'{name} {int(label) + shift}\n' for name, label in lines))


def read(path: str) -> np.ndarray:
    with open_video(path) as reader:
        return reader.get_frames(range(len(reader)))


def test_sound_data_have_no_findings(data) -> None:
    assert found() == []
    # The same clips without class names, so that names alone are the evidence.
    Path('lists/classes.txt').unlink()
    assert found() == []


def test_all_planted_faults_and_nothing_else(data) -> None:
    videos = Path('videos')
    content = bytearray((videos / TRAIN.format(0)).read_bytes())
    middle = len(content) // 2
    content[middle : middle + 300] = np.random.default_rng(0).bytes(300)
    (videos / TRAIN.format(0)).write_bytes(content)
    (videos / TRAIN.format(1)).write_bytes(b'')
    cut = (videos / TRAIN.format(2)).read_bytes()
    (videos / TRAIN.format(2)).write_bytes(cut[: len(cut) * 6 // 10])
    (videos / TRAIN.format(3)).unlink()
    frames = read(f'videos/{TRAIN.format(4)}')
    with av.open(f'videos/{TRAIN.format(4)}', 'w') as container:
        stream = container.add_stream('libx264', rate=12)
        stream.height, stream.width, stream.pix_fmt = 64, 80, 'yuv420p'
        stream.set_display_rotation(90)
        for rgb in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format='rgb24')))
        container.mux(stream.encode())
    replace_line('train', f'{TRAIN.format(5)} 1', f'{TRAIN.format(5)} 2')
    replace_line('train', f'{TRAIN.format(6)} 1', f'{TRAIN.format(6)} 3')
    # An evaluated clip that is trained on, too: smaller, compressed hard, at half the frame rate, and mislabeled.
    copy = read('videos/val/wave/person8_2.mp4')[::2, ::2, ::2]
    write_video('videos/train/wave/copy.mp4', copy, 6, options={'crf': '30'})
    replace_line('train', 'train/wave/person6_2.mp4 2', 'train/wave/person6_2.mp4 2\ntrain/wave/copy.mp4 2')
    relabel('val', 1)
    expected = [
        ('corrupt', TRAIN.format(0)),
        ('duplicate', 'train/wave/copy.mp4'),
        ('empty', TRAIN.format(1)),
        ('label out of range', TRAIN.format(6)),
        ('mislabeled', TRAIN.format(5)),
        ('missing', TRAIN.format(3)),
        ('off by one', 'lists/val.txt'),
        ('rotated', TRAIN.format(4)),
        ('truncated', TRAIN.format(2)),
    ]
    assert found() == expected


@pytest.mark.parametrize('classes', [True, False])
def test_clip_in_the_folder_of_another_class(data, classes) -> None:
    if not classes:
        Path('lists/classes.txt').unlink()
    # The folder and the list agree; the last number of the name, which is that of the class, does not.
    Path('videos/train/clap/person3_0.mp4').rename('videos/train/wave/person3_0.mp4')
    replace_line('train', 'train/clap/person3_0.mp4 0', '')
    replace_line('train', 'train/wave/person3_2.mp4 2', 'train/wave/person3_2.mp4 2\ntrain/wave/person3_0.mp4 2')
    assert found() == [('mislabeled', 'train/wave/person3_0.mp4')]


def test_same_content_with_different_labels(data) -> None:
    frames = read('videos/train/clap/person2_0.mp4')
    write_video('videos/train/wave/again_2.mp4', frames, 12, options={'crf': '33'})
    replace_line('train', 'train/wave/person2_2.mp4 2', 'train/wave/person2_2.mp4 2\ntrain/wave/again_2.mp4 2')
    assert found() == [('mislabeled', 'train/clap/person2_0.mp4')]


# Without class names a single displaced list is no evidence: it may have a class more than the other.
@pytest.mark.parametrize(
    'splits, classes', [(('train', 'val'), True), (('train',), True), (('val',), True), (('train', 'val'), False)]
)
def test_off_by_one(data, splits, classes) -> None:
    if not classes:
        Path('lists/classes.txt').unlink()
    for split in splits:
        relabel(split, 1)
    assert found() == [('off by one', f'lists/{split}.txt') for split in splits]


def test_leakage_by_group(data) -> None:
    # Another recording of an evaluated person: no copy, but the same group.
    write_video('videos/train/clap/person9_0.mp4', moving_texture(24, 64, 80, (2, -1), seed=99), 12)
    replace_line('train', 'train/clap/person6_0.mp4 0', 'train/clap/person6_0.mp4 0\ntrain/clap/person9_0.mp4 0')
    assert found() == [('leakage', 'train/clap/person9_0.mp4')]


def test_classes_without_samples_and_malformed_lines(data) -> None:
    assert found(num_classes=5) == [('class without samples', 'lists/train.txt')]
    replace_line('train', 'train/clap/person6_0.mp4 0', 'train/clap/person6_0.mp4 0 7')
    subject = from_lists(LISTS, 'videos')
    finding = subject.sources[0].findings[0]
    assert (finding.kind, finding.line) == ('annotation', 7)
    assert '2 numbers [0, 7] follow the path where one label is expected' in finding.detail


def test_motion_tells_clips_of_one_scene_apart(data) -> None:
    # One texture that moves to the left, to the right, and not at all.
    for name, velocity in (('left', -3.0), ('right', 3.0)):
        write_video(f'videos/{name}.mp4', moving_texture(24, 64, 80, (velocity, 0.0), seed=7), 12)
    still = moving_texture(1, 64, 80, seed=7).repeat(24, 0)
    write_video('videos/still.mp4', still, 12)
    write_video('videos/still2.mp4', still, 12, options={'crf': '30'})
    Path('lists/train.txt').write_text('left.mp4 0\nstill.mp4 1\n')
    Path('lists/val.txt').write_text('right.mp4 0\nstill2.mp4 1\n')
    assert [item for item in found() if item[0] != 'class without samples'] == [('duplicate', 'still.mp4')]


def test_clean_lists_are_clean(data) -> None:
    Path(f'videos/{TRAIN.format(1)}').write_bytes(b'')
    replace_line('train', f'{TRAIN.format(5)} 1', f'{TRAIN.format(5)} 2')
    relabel('val', 1)
    diagnosis = examine(from_lists(LISTS, 'videos'), jobs=1, record_file='record.jsonl')
    assert write_clean_lists(diagnosis, 'clean') == [
        'clean/train.txt: 19 of 21 lines',
        'clean/val.txt: 9 of 9 lines, labels changed by -1',
    ]
    subject = from_lists(['clean/train.txt', 'clean/val.txt'], 'videos', 'lists/classes.txt')
    assert examine(subject, jobs=1, record_file='other.jsonl').findings == []
    with pytest.raises(ValueError, match=r'lists/train.txt would be replaced; give --clean another folder'):
        write_clean_lists(diagnosis, 'lists')


def test_a_clean_list_without_lines_is_reported(data) -> None:
    Path('lists/val.txt').write_text('absent.mp4 0\n')
    diagnosis = examine(from_lists(LISTS, 'videos'), jobs=1, record_file='record.jsonl')
    assert 'clean/val.txt: 0 of 1 lines; every line is at fault' in write_clean_lists(diagnosis, 'clean')[1]


def test_folders_of_frames(data) -> None:
    import cv2

    lines = []
    for number in range(3):
        folder = Path(f'frames/{number}')
        folder.mkdir(parents=True)
        for index, rgb in enumerate(moving_texture(6, 32, 40, seed=number)):
            cv2.imwrite(f'{folder}/img_{index + 1:05}.jpg', rgb)
        lines.append(f'{number} {6 + number % 2} {number}')
    Path('frames/2/img_00003.jpg').write_bytes(Path('frames/2/img_00003.jpg').read_bytes()[:-200])
    Path('lists/frames_train.txt').write_text('\n'.join([*lines, '3 6 0']))
    subject = from_lists(['lists/frames_train.txt'], 'frames')
    diagnosis = examine(subject, jobs=1, record_file='record.jsonl')
    assert [(finding.kind, finding.where, finding.detail) for finding in diagnosis.findings] == [
        ('frame count', '1', '7 are stated, there are 6'),
        ('corrupt', '2', '1 images do not decode, such as img_00003.jpg'),
        ('missing', '3', 'There is no folder frames/3.'),
    ]


def test_resumed_run_checks_only_what_has_changed(data, monkeypatch) -> None:
    subject = from_lists(LISTS, 'videos')
    examine(subject, jobs=1, record_file='record.jsonl')
    lines = Path('record.jsonl').read_text().strip().splitlines()
    # Killed in the middle of a line; one of the files is replaced before the next run.
    Path('record.jsonl').write_text('\n'.join([*lines[:20], lines[20][:50]]))
    first = json.loads(json.loads(lines[0])['key'])[0]
    Path(first).write_bytes(b'')
    checked = []
    from mmaction.doctor import media

    def check(medium):
        checked.append(medium.path)
        return real(medium)

    real = media.check_medium
    monkeypatch.setattr(media, 'check_medium', check)
    diagnosis = examine(subject, jobs=1, record_file='record.jsonl', resume=True)
    assert len(checked) == 30 - 19 and first in checked
    assert [finding.kind for finding in diagnosis.findings] == ['empty']


def test_command_on_a_scanned_folder(data, capsys) -> None:
    main(['data', 'scan', 'videos', '--out', 'x', '--device', 'cpu'])
    capsys.readouterr()
    with pytest.raises(SystemExit) as end:
        main(['doctor', 'x/config.py', '--jobs', '1'])
    assert end.value.code == 0
    out = capsys.readouterr().out
    assert 'train: 21 samples of x/train.txt\nval: 9 samples of x/val.txt\n' in out
    assert '    1  jump up       7       3\n' in out and 'No findings.' in out
    Path(f'videos/{TRAIN.format(1)}').write_bytes(b'')
    with pytest.raises(SystemExit) as end:
        main(['doctor', 'x/config.py', '--jobs', '1', '--json', '--resume'])
    assert end.value.code == 1
    report = json.loads(capsys.readouterr().out)
    assert report['findings'] == [
        {
            'kind': 'empty',
            'split': 'train',
            'where': TRAIN.format(1),
            'detail': 'it is empty (0 bytes)',
            'ann_file': 'x/train.txt',
            'line': 9,
        }
    ]
    assert report['classes']['val'] == {'clap': 3, 'jump up': 3, 'wave': 3}


@pytest.mark.parametrize(
    'words, message',
    [
        ([], 'give a config, or annotation lists, or --install'),
        (['absent.txt'], 'There is no annotation file absent.txt'),
        (['absent.py'], 'There is no config at absent.py'),
        (['lists/train.txt', '--data-root', 'absent'], 'There is no folder absent.'),
        (
            ['lists'],
            'lists is a folder. Give its annotation lists or a config; `mmaction data scan lists` writes both.',
        ),
        (['lists/train.txt', '--group', '(('], "error: group ('((') is no regular expression"),
        (['lists/train.txt', '--jobs', '0'], '--jobs (0) must be at least 1'),
    ],
)
def test_wrong_arguments_end_with_two(data, capsys, words, message) -> None:
    with pytest.raises(SystemExit) as end:
        main(['doctor', *words])
    assert end.value.code == 2
    assert message in capsys.readouterr().err


def test_config_with_wrapped_datasets(data) -> None:
    part = dict(type='VideoDataset', data_prefix=dict(video='videos'), pipeline=[], num_classes=3)
    train = dict(type='RepeatDataset', times=2, dataset=dict(part, ann_file='lists/train.txt'))
    val = dict(part, ann_file='lists/val.txt', test_mode=True)
    cfg = dict(train_dataloader=dict(dataset=train), val_dataloader=dict(dataset=val))
    cfg.update(test_dataloader=cfg['val_dataloader'], model=dict(cls_head=dict(num_classes=4)))
    subject = from_config(cfg)
    assert [(source.split, len(source.entries)) for source in subject.sources] == [('train', 21), ('val', 9)]
    assert subject.num_classes == 4
    with pytest.raises(ValueError, match='no train_dataloader, val_dataloader or test_dataloader'):
        from_config({})


def test_samples_without_a_label(data) -> None:
    replace_line('train', 'train/clap/person6_0.mp4 0', 'train/clap/person6_0.mp4')
    replace_line('val', 'val/clap/person7_0.mp4 0', 'val/clap/person7_0.mp4')
    diagnosis = examine(from_lists(LISTS, 'videos'), jobs=1, record_file='record.jsonl')
    assert [(finding.where, finding.detail) for finding in diagnosis.findings] == [
        ('train/clap/person6_0.mp4', 'it has no label, or -1, and is trained on')
    ]


def test_skeletons(data, pose_file) -> None:
    subject = from_lists([pose_file([dict(label=0), dict(label=1)])])
    diagnosis = examine(subject, jobs=1, record_file='record.jsonl')
    assert diagnosis.findings == [] and dict(diagnosis.histogram['poses']) == {0: 1, 1: 1}
    assert diagnosis.notes == ['2 samples have no video or folder of frames, so that only their labels are examined']
    subject = from_lists([pose_file([dict(label=0), dict(label=1, keypoint=None)])])
    assert [(finding.kind, finding.detail[:9]) for finding in subject.sources[0].findings] == [
        ('annotation', 'sample 1 ')
    ]
