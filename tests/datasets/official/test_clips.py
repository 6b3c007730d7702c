"""Lists of clips, archives of the mirror, and captions, in the forms in which data sets are released."""

from __future__ import annotations

import json
import pickle
import tarfile
from pathlib import Path

import pytest

from mmaction.datasets.official import captions, gym, hacs
from mmaction.datasets.official.clips import Clip, key_of_name, read_clips, write_clips
from mmaction.datasets.official.folders import default_root
from mmaction.datasets.official.kinetics import (
    RELEASES,
    SPLITS,
    archive_urls,
    file_of,
    guess_release,
    unpack_clips,
)


def test_lists_are_read_as_they_are_written(tmp_path: Path) -> None:
    clips = [Clip('a_-b', 5, 15, 'air drumming'), Clip('c', 120, 130, '')]
    path = str(tmp_path / 'x.csv')
    write_clips(clips, path, 'label')
    assert read_clips(path, 'label') == clips
    assert clips[0].name() == 'a_-b_000005_000015' and clips[0].name('%d') == 'a_-b_5_15'
    assert [key_of_name(name) for name in ('a_-b_000005_000015', 'a_-b_5_15', 'clip')] == [clips[0].key] * 2 + [None]
    assert (
        file_of(clips[0]) == 'air drumming/a_-b_000005_000015.mp4' and file_of(clips[1], '%d') == 'test/c_120_130.mp4'
    )


def test_release_is_read_from_a_path() -> None:
    assert guess_release('data/kinetics400/annotations/kinetics_val.csv', RELEASES, '--dataset') == 'kinetics400'
    assert guess_release('kinetics_val.csv', SPLITS, '--split') == 'val'
    with pytest.raises(ValueError, match=r'retrain\.csv does not tell which of train, val, test it is; .* --split'):
        guess_release('retrain.csv', SPLITS, '--split')


def test_index_of_the_mirror(tmp_path: Path) -> None:
    index = tmp_path / '700_2020' / 'val' / 'k700_2020_val_path.txt'
    index.parent.mkdir(parents=True)
    index.write_text('https://x/part_0.tar.gz\nhttps://x/part_1.tar.gz\n')
    assert archive_urls('kinetics700', 'val', tmp_path.as_uri()) == [
        'https://x/part_0.tar.gz',
        'https://x/part_1.tar.gz',
    ]
    index.write_text('<html>')
    with pytest.raises(ValueError, match=r'k700_2020_val_path\.txt is no list of URLs'):
        archive_urls('kinetics700', 'val', tmp_path.as_uri())


def test_archive_that_is_cut_short(tmp_path: Path) -> None:
    video = tmp_path / 'a_000000_000010.mp4'
    video.write_bytes(bytes(range(256)) * 400)
    whole = tmp_path / 'whole.tar.gz'
    with tarfile.open(whole, 'w:gz') as tar:
        tar.add(video, 'train/a_000000_000010.mp4')
        tar.add(video, 'b_000000_000010.mp4')
    target = str(tmp_path / 'out' / 'a.mp4')
    assert unpack_clips(str(whole), {('a', 0, 10): target}) == (1, 1)
    assert Path(target).read_bytes() == video.read_bytes()
    cut = tmp_path / 'cut.tar.gz'
    cut.write_bytes(whole.read_bytes()[:300])
    with pytest.raises(ValueError, match=r'cut\.tar\.gz is no tar file, or cut short'):
        unpack_clips(str(cut), {('a', 0, 10): str(tmp_path / 'out' / 'b.mp4')})
    assert sorted(path.name for path in (tmp_path / 'out').iterdir()) == ['a.mp4']


def test_default_root_is_that_of_the_checkout_or_of_the_script(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / 'data' / 'gym').mkdir(parents=True)
    (tmp_path / 'tools' / 'data' / 'gym').mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert default_root('gym') == 'data/gym'
    monkeypatch.chdir(tmp_path / 'tools' / 'data' / 'gym')
    assert default_root('gym') == '../../../data/gym' and default_root('none') == 'data/none'


def test_subactions_take_the_time_of_their_first_and_last_stage() -> None:
    segment = {'stages': 2, 'timestamps': [[1.0, 2.0], [2.5, 4.0]]}
    annotation = {'v': {'E_1_2': {'timestamps': [[10, 20]], 'segments': {'A_0_4': segment}}}, 'gone': {}}
    assert gym.events_of(annotation, ['v']) == [gym.Part('v', 'v_E_1_2', 10.0, 20.0)]
    segments = gym.segments_of(annotation, ['v'])
    want = [gym.Part('v_E_1_2', 'v_E_1_2_A_0_4', 1.0, 4.0)]
    assert gym.subactions_of(segments, ['v_E_1_2']) == want
    # as MMAction2 writes the file
    assert gym.subactions_of({'v_E_1_2_A_0_4': segment}, ['v_E_1_2']) == want
    assert gym.subactions_of(segments, []) == []
    with pytest.raises(ValueError, match=r'v_E_1_2 has no timestamps \(pairs of seconds\), but None'):
        gym.events_of({'v': {'E_1_2': {}}}, ['v'])


def test_malformed_list_of_gym(tmp_path: Path) -> None:
    (tmp_path / 'x.txt').write_text('a_A_1_2 3\nb\n')
    with pytest.raises(ValueError, match=r"x\.txt, line 2: 'b' is not a name and a class index"):
        gym.read_elements(str(tmp_path / 'x.txt'))
    (tmp_path / 'a').mkdir()
    with pytest.raises(ValueError, match=r'1 folders of .* have no img_\*: a\. Extract'):
        list(gym.frame_lines([('a', 0)], str(tmp_path)))


def test_annotation_of_hacs_is_that_of_activitynet() -> None:
    entry = {'subset': 'training', 'annotations': [{'segment': [1, 2.5], 'label': 'Archery'}]}
    assert hacs.to_annotation(entry, 50, 25.0) == {
        'duration_second': 2.0,
        'duration_frame': 50,
        'feature_frame': 50,
        'fps': 25.0,
        'annotations': [{'segment': [1.0, 2.5], 'label': 'Archery'}],
    }
    assert hacs.match_videos({'a': {}, 'b': {}, 'c': {}}, {'v_a': 'training/v_a.mp4', 'b': 'b.mkv'}) == {
        'a': 'training/v_a.mp4',
        'b': 'b.mkv',
    }


def test_captions(tmp_path: Path) -> None:
    data = {'sentences': [dict(video_id='video0', caption='a'), dict(video_id='video9', caption='b')]}
    assert captions.msrvtt_train(data, ['video0']) == {'video0.mp4': ['a']}
    with pytest.raises(ValueError, match=r'1 videos have no caption in MSRVTT_data\.json: video3\.mp4'):
        captions.msrvtt_train(data, ['video0', 'video3'])
    assert captions.msvd({'x_1_2': [['a', 'cat'], ['a', 'pet']]}, ['x_1_2']) == {'x_1_2.avi': ['a cat', 'a pet']}
    (tmp_path / 'x.csv').write_text('key,video\n1,2\n')
    with pytest.raises(ValueError, match=r"x\.csv lacks the column 'video_id'; it has \['key', 'video'\]"):
        captions.read_column(str(tmp_path / 'x.csv'), 'video_id')
    (tmp_path / 'raw-captions.pkl').write_bytes(pickle.dumps([1]))
    with pytest.raises(ValueError, match='must be a dict of captions by video, not list'):
        captions.read_msvd_captions(str(tmp_path / 'raw-captions.pkl'))
    (tmp_path / 'raw-captions.pkl').write_bytes(pickle.dumps(json.loads))
    with pytest.raises(ValueError, match=r'raw-captions\.pkl'):
        captions.read_msvd_captions(str(tmp_path / 'raw-captions.pkl'))
