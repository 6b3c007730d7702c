"""Predictions on new videos, in new and in existing files of annotation tools."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from small_study import COLORS, video_of
from torch.nn.modules.module import register_module_forward_hook

from mmaction.annotations import Project, Segment, Video, read_annotations, write_annotations
from mmaction.cli.main import main
from mmaction.models import ResNet
from mmaction.study import Run
from mmaction.study.annotate import Annotate, annotate_videos, find_videos
from mmaction.study.encode import build_encoder, encoder_of_run

RED, BLUE = list(COLORS)[1:]
PERSON = Segment(0.25, 0.75, 'jump', 'Ana')


@pytest.fixture(scope='module')
def new_videos(tmp_path_factory):
    """Ten videos, one of them in a sub-folder."""
    folder = tmp_path_factory.mktemp('new') / 'nouvelles vidéos'
    for number in range(9):
        video_of(folder / f'new {number}.mp4', [('', 1.0), ((RED, BLUE)[number % 2], 2.0), ('', 1.0)])
    video_of(folder / 'sous' / 'ß.mp4', [(RED, 2.0), (BLUE, 2.0)])
    return folder


def labeled(name):
    return Video(name, fps=10.0, duration_sec=4.0, num_frames=40, segments=(PERSON,))


def test_into_a_boris_project(run, new_videos, tmp_path, capsys):
    existing = tmp_path / 'old.boris'
    write_annotations(Project((labeled('new 0.mp4'), labeled('other.mp4'))), existing, 'boris')
    before = existing.read_text(encoding='utf-8')
    out = tmp_path / 'new.boris'
    main(
        ['annotate', str(new_videos), '--model', str(run.folder), '--to', 'boris', '--into', str(existing), '--out']
        + [str(out)]
    )
    assert f'in 10 videos\n{out}' in capsys.readouterr().out
    assert existing.read_text(encoding='utf-8') == before
    after = out.read_text(encoding='utf-8')
    # All that was there is there, in its order: without what was added, the text is the same.
    position = 0
    for part in re.findall(r'\S+', before):
        position = after.index(part, position) + len(part)
    old, new = json.loads(before), json.loads(after)
    assert new['observations']['other'] == old['observations']['other']
    events = new['observations']['new 0']['events']
    assert all(event in events for event in old['observations']['new 0']['events'])
    videos = {video.name: video for video in read_annotations(out, 'boris').videos}
    assert len(videos) == 11
    assert PERSON in videos['new 0.mp4'].segments
    for name in ('new 0.mp4', 'new 8.mp4', 'sous/ß.mp4'):
        predicted = [segment for segment in videos[name].segments if segment.model == 'étude']
        assert RED in {segment.label for segment in predicted}
        assert all(0 < segment.score <= 1 for segment in predicted)
    assert videos['other.mp4'].segments == (PERSON,)


def test_into_elan_files(run, new_videos, tmp_path):
    existing = tmp_path / 'old'
    write_annotations(Project((labeled('new 0.mp4'), labeled('other.mp4'))), existing, 'elan')
    out = tmp_path / 'eaf'
    result = annotate_videos(Annotate([str(new_videos)], run.folder, 'elan', out, into=existing))
    assert not result.failures
    assert len(list(out.glob('*.eaf'))) == 11
    assert (out / 'other.eaf').read_bytes() == (existing / 'other.eaf').read_bytes()
    before = (existing / 'new 0.eaf').read_text(encoding='utf-8').splitlines()
    after = iter((out / 'new 0.eaf').read_text(encoding='utf-8').splitlines())
    assert all(line in after for line in before)
    (video,) = read_annotations(out / 'new 0.eaf', 'elan').videos
    assert {segment.model for segment in video.segments if segment.label in COLORS} == {'étude'}
    assert PERSON in video.segments


def test_predictions_equal_those_of_the_run(run, tmp_path):
    paths = [str(run.video_path(video.name)) for video in run.truth().videos]
    result = annotate_videos(Annotate(paths, run.folder, 'json', tmp_path / 'again.json'))
    assert [video.segments for video in result.videos] == [video.segments for video in run.predictions().videos]
    limits = Annotate(paths, run.folder, 'json', tmp_path / 'some.json', min_score=0.9, min_sec=1.9)
    for video, every in zip(annotate_videos(limits).videos, result.videos):
        kept = [s for s in every.segments if s.score >= 0.9 and s.end_sec - s.start_sec >= 1.9]
        assert list(video.segments) == kept


def test_unreadable_videos_are_reported_and_the_rest_goes_on(run, new_videos, tmp_path, capsys):
    broken = tmp_path / 'kaputt.mp4'
    broken.write_bytes(b'no video')
    good = next(new_videos.glob('*.mp4'))
    out = tmp_path / 'out.csv'
    with pytest.raises(SystemExit, match='1'):
        main(['annotate', str(broken), str(good), '--model', str(run.folder), '--to', 'csv', '--out', str(out)])
    text = capsys.readouterr().out
    assert f'not read: {broken}: ' in text
    assert 'in 1 videos' in text
    assert {video.name for video in read_annotations(out, 'csv').videos} == {good.name}


@pytest.fixture
def encoded():
    """Numbers of windows in the batches that encoders have seen."""
    batches = []

    def count(module, inputs, output):
        if isinstance(module, ResNet):
            batches.append(len(inputs[0]))

    hook = register_module_forward_hook(count)
    yield batches
    hook.remove()


def test_videos_of_the_study_and_of_before_are_not_encoded_again(run, tmp_path, encoded):
    new = video_of(tmp_path / 'unseen.mp4', [(RED, 2.5), (BLUE, 1.5)])
    known = [str(run.video_path(video.name)) for video in run.truth().videos]
    annotate_videos(Annotate(known, run.folder, 'json', tmp_path / 'known.json'))
    assert sum(encoded) == 0
    annotate_videos(Annotate([*known, new.path], run.folder, 'json', tmp_path / 'all.json'))
    assert sum(encoded) == 20  # 40 frames, of which every second one is the middle of a window
    annotate_videos(Annotate([new.path], run.folder, 'json', tmp_path / 'again.json'))
    assert sum(encoded) == 20


def test_the_encoder_keeps_the_precision_of_the_training(run, encoder):
    halved = build_encoder(*encoder, None, 'cpu', dtype='bf16')
    plain = run.record.encoder
    assert halved.identity != plain.identity
    record = replace(run.record, encoder=replace(plain, dtype='bf16', identity=halved.identity))
    again = encoder_of_run(Run(run.folder, record), None, 'cpu', compile=True)
    assert {parameter.dtype for parameter in again.model.parameters()} == {torch.bfloat16}
    assert again.model.backbone._compiled_call_impl is not None


def test_a_run_without_the_folder_of_its_study_keeps_features_itself(run, tmp_path):
    record = replace(run.record, data=str(tmp_path / 'gone'), features='')
    assert Run(run.folder, record).features == run.folder / 'features'
    (tmp_path / 'gone' / 'features').mkdir(parents=True)
    assert Run(run.folder, record).features == tmp_path / 'gone' / 'features'
    assert run.features == Path(run.record.data, 'features')


@pytest.fixture
def copied(run, tmp_path):
    """A run whose encoder has other weights now."""
    folder = tmp_path / 'copied'
    shutil.copytree(run.folder, folder, ignore=shutil.ignore_patterns('training', 'data', 'features'))
    return Run.load(folder)


@pytest.mark.parametrize(
    ('case', 'message'),
    [
        ('out exists', r'exists\. Pass --into .*out\.boris to add the predictions'),
        ('into absent', r'There is no .*absent\.boris .* to write into'),
        ('format', r"format \('word'\) must be one of 'json', 'boris'"),
        ('no run', r'There is no .*run\.json: it is no run of mmaction fit'),
        ('no such video', 'There is no video or folder .*absent'),
        ('empty folder', r'There is no video in .*empty.*\. Files with these suffixes count: .*\.mp4'),
        ('score', r'min_score \(2\.0\) must be in \[0, 1\]'),
        ('other weights', 'gives other features than those it was trained on'),
        ('weights gone', r'The weights of the encoder of .* are gone: .*gone\.pth\. Put the file back'),
    ],
)
def test_bad_input_is_one_paragraph(case, message, copied, encoder, new_videos, tmp_path, capsys):
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'out.boris').write_text('{}')
    videos, model, to, out, more = new_videos, copied.folder, 'boris', tmp_path / 'x.boris', []
    path = model / 'run.json'
    record = json.loads(path.read_text(encoding='utf-8'))
    if case == 'out exists':
        out = tmp_path / 'out.boris'
    elif case == 'into absent':
        more = ['--into', str(tmp_path / 'absent.boris')]
    elif case == 'format':
        to = 'word'
    elif case == 'no run':
        model = tmp_path / 'empty'
    elif case == 'no such video':
        videos = tmp_path / 'absent'
    elif case == 'empty folder':
        videos = tmp_path / 'empty'
    elif case == 'score':
        more = ['--min-score', '2']
    elif case == 'other weights':
        state = torch.load(encoder[1], weights_only=True)
        other = {key: value * 1.5 if value.is_floating_point() else value for key, value in state.items()}
        torch.save(other, tmp_path / 'other.pth')
        record['encoder']['checkpoint'] = str(tmp_path / 'other.pth')
    elif case == 'weights gone':
        record['encoder']['checkpoint'] = str(tmp_path / 'gone.pth')
    path.write_text(json.dumps(record), encoding='utf-8')
    with pytest.raises(SystemExit):
        main(['annotate', str(videos), '--model', str(model), '--to', to, '--out', str(out), *more])
    error = capsys.readouterr().err
    assert re.search(message, error)
    assert 'Traceback' not in error
    assert len([line for line in error.splitlines() if line.startswith('error: ')]) == 1


def test_find_videos(new_videos, tmp_path):
    found = find_videos([str(new_videos)])
    assert list(found)[-1] == 'sous/ß.mp4'
    listed = tmp_path / 'list.txt'
    listed.write_text(f'{found["sous/ß.mp4"]}\n\n', encoding='utf-8')
    assert find_videos([str(listed)]) == {'ß.mp4': found['sous/ß.mp4']}
    other = tmp_path / 'ß.mp4'
    other.write_bytes(b'')
    with pytest.raises(ValueError, match=r'Two videos are called ß\.mp4: .* Rename one'):
        find_videos([str(listed), str(other)])
