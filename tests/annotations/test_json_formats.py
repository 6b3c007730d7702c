"""Label Studio, VIA, FERAL, ActivityNet and folders of classes: files as the tools write them."""

from __future__ import annotations

import json

import pytest

from mmaction.annotations import (
    AnnotationError,
    Project,
    Reading,
    Segment,
    Track,
    TrackBox,
    Video,
    Writing,
    detect_format,
    read_annotations,
    write_annotations,
)


def write(tmp_path, content, name='file.json', indent=None):
    path = tmp_path / name
    path.write_text(json.dumps(content, indent=indent, ensure_ascii=False), encoding='utf-8')
    return path


def at(fps):
    return Reading(fps=lambda name: fps)


# --- Label Studio ---
def region(kind, value, **more):
    return {'id': more.pop('id', 'x'), 'type': kind, 'from_name': 'n', 'to_name': 'v', 'value': value, **more}


RANGE = {'ranges': [{'start': 1, 'end': 25}, {'start': 51, 'end': 51}], 'timelinelabels': ['läuft', 'sit']}
RECTANGLE = {
    'framesCount': 100,
    'duration': 4.0,
    'labels': ['person'],
    'sequence': [
        {'frame': 26, 'time': 1.04, 'x': 50, 'y': 0, 'width': 50, 'height': 25, 'rotation': 10, 'enabled': False},
        {'frame': 1, 'time': 0.04, 'x': 0, 'y': 0, 'width': 50, 'height': 25, 'rotation': 0, 'enabled': True},
    ],
}


def tasks():
    results = [
        region('timelinelabels', RANGE),
        region('timelinelabels', {'timelinelabels': ['person'], 'sequence': []}, id='phantom'),
        region('videorectangle', RECTANGLE, id='r1'),
        region('choices', {'choices': ['outdoor']}),
    ]
    prediction = {
        'model_version': 'tsn',
        'result': [region('timelinelabels', {**RANGE, 'ranges': RANGE['ranges'][:1]}, score=0.5)],
    }
    return [
        {
            'id': 7,
            'data': {'video': '/data/upload/3/0a1b2c3d-k%C3%BCche.mp4', 'note': 'kept'},
            'annotations': [{'result': results}, {'was_cancelled': True, 'result': results}],
            'predictions': [prediction],
        },
        {'id': 8, 'data': {'film': '/data/local-files/?d=dir/b.mp4'}, 'annotations': []},
        {'id': 9, 'data': {'text': 'no video'}, 'annotations': []},
    ]


def test_label_studio_counts_frames_from_one(tmp_path):
    path = write(tmp_path, tasks())
    assert detect_format(path).name == 'label-studio'
    reading = at(25.0)
    first, second = read_annotations(path, reading=reading).videos
    assert (first.name, second.name) == ('küche.mp4', 'dir/b.mp4')
    assert first.segments == (
        Segment(0.0, 1.0, 'läuft'),
        Segment(0.0, 1.0, 'läuft', score=0.5, model='tsn'),
        Segment(0.0, 1.0, 'sit'),
        Segment(0.0, 1.0, 'sit', score=0.5, model='tsn'),
        Segment(2.0, 2.04, 'läuft'),
        Segment(2.0, 2.04, 'sit'),
    )
    assert first.labels == ('outdoor',)
    boxes = (TrackBox(0.0, (0, 0, 0.5, 0.25)), TrackBox(1.0, (0.5, 0, 1, 0.25), outside=True))
    assert first.tracks == (Track('person', boxes, 'relative'),)
    assert [finding.level for finding in reading.findings] == ['error', 'dropped']
    assert 'task 9: its data has no video' in str(reading.findings.of('error')[0])


def test_label_studio_takes_the_rate_of_rectangles_and_asks_for_that_of_timelines(tmp_path):
    task = tasks()[0]
    task['annotations'] = [{'result': [region('videorectangle', RECTANGLE)]}]
    task['predictions'] = []
    (video,) = read_annotations(write(tmp_path, [task]), reading=Reading()).videos
    assert video.tracks[0].boxes[1].time_sec == 1.0
    with pytest.raises(AnnotationError, match=r"video 'küche\.mp4': .* the frame rate is unknown"):
        read_annotations(write(tmp_path, tasks()), reading=Reading())


def test_label_studio_min_is_rejected(tmp_path):
    path = write(tmp_path, [{'id': 1, 'video': 'a.mp4', 'label': []}])
    with pytest.raises(AnnotationError, match='Export as JSON, and not as JSON_MIN'):
        read_annotations(path, 'label-studio')


# --- VIA ---
def via():
    return {
        'project': {'pname': 'Ziegen', 'vid_list': ['1']},
        'attribute': {
            '1': {'aname': 'Behaviour', 'anchor_id': 'FILE1_Z2_XY0', 'type': 4, 'options': {'0': 'läuft', '5': 'sit'}},
            '2': {'aname': 'animal', 'anchor_id': 'FILE1_Z2_XY0', 'type': 1, 'options': {}},
            '3': {'aname': 'pose', 'anchor_id': 'FILE1_Z1_XY1', 'type': 2, 'options': {'a': 'up', 'b': 'left'}},
        },
        'file': {'4': {'fid': '4', 'fname': 'ä.mp4', 'type': 4, 'loc': 1, 'src': ''}},
        'metadata': {
            '1_a': {'vid': '1', 'flg': 0, 'z': [1.5, 3.0], 'xy': [], 'av': {'1': '5', '2': ' Ana '}},
            '1_b': {'vid': '1', 'flg': 0, 'z': [2.25], 'xy': [], 'av': {'1': '0'}},
            '1_c': {'vid': '1', 'flg': 0, 'z': [2], 'xy': [2, 10, 20, 30.5, 40], 'av': {'3': 'a,b'}},
            '1_d': {'vid': '1', 'flg': 0, 'z': [2], 'xy': [1, 10, 20], 'av': {}},
            '1_e': {'vid': '1', 'flg': 0, 'z': [5, 4], 'xy': [], 'av': {'1': '0'}},
            '1_f': {'vid': '1', 'flg': 0, 'z': [5, 6], 'xy': [], 'av': {}},
        },
        'view': {'1': {'fid_list': ['4']}},
    }


def test_via_takes_options_by_id(tmp_path):
    reading = Reading()
    path = write(tmp_path, via())
    assert detect_format(path).name == 'via'
    project = read_annotations(path, reading=reading)
    assert project.labels == ('läuft', 'sit')
    (video,) = project.videos
    assert video.name == 'ä.mp4'
    assert video.segments == (Segment(1.5, 3.0, 'sit', 'Ana'), Segment(2.25, 2.25, 'läuft'))
    assert video.tracks == (Track('', (TrackBox(2.0, (10, 20, 40.5, 60), (('pose', 'up'), ('pose', 'left'))),)),)
    assert [str(finding) for finding in reading.findings] == [
        'file.json, metadata 1_d: only rectangles are read, not other shapes.',
        'file.json, metadata 1_e: it ends (4) before it starts (5). Correct it.',
        'file.json, metadata 1_f: it has no label. Choose one in VIA, or delete the segment.',
    ]


def test_via_csv_has_its_columns_in_a_comment(tmp_path):
    path = tmp_path / 'via.csv'
    path.write_text(
        '# Exported using VGG Video Annotator\n'
        '# CSV_HEADER = metadata_id,file_list,flags,temporal_coordinates,spatial_coordinates,metadata\n'
        '"1_a","[""ä.mp4""]",0,"[1.5,3]","[]","{""TEMPORAL-SEGMENTS"":""läuft""}"\n'
        '"1_b","[""ä.mp4""]",0,"[2]","[2,10,20,30,40]","{""action"":""sit""}"\n'
        '"1_c","ä.mp4",0,"[2]","[]","{}"\n',
        encoding='utf-8',
    )
    assert detect_format(path).name == 'via'
    reading = Reading()
    (video,) = read_annotations(path, reading=reading).videos
    assert video.segments == (Segment(1.5, 3.0, 'läuft'),)
    assert video.tracks == (Track('', (TrackBox(2.0, (10, 20, 40, 60), (('action', 'sit'),)),)),)
    assert [str(finding) for finding in reading.findings] == [
        'via.csv, row 5: its cells are not those of VIA. Export it again from VIA 3.'
    ]
    with pytest.raises(AnnotationError, match=r'this is the CSV form of a project. Save the project in VIA'):
        write_annotations(Project(()), tmp_path / 'x.json', 'via', into=path)


# --- FERAL ---
def test_feral_reads_frames_and_vectors(tmp_path):
    single = {
        'is_multilabel': False,
        'class_names': {'0': 'None', '1': 'läuft', '2': 'sit'},
        'labels': {'a.mp4': [0, 1, 1, 2, 2, 0, 1]},
        'splits': {'train': ['a.mp4'], 'val': [], 'inference': ['b.mp4']},
    }
    path = write(tmp_path, single)
    assert detect_format(path).name == 'feral'
    assert read_annotations(path, reading=at(10.0)) == Project(
        (
            Video(
                'a.mp4',
                segments=(Segment(0.1, 0.3, 'läuft'), Segment(0.3, 0.5, 'sit'), Segment(0.6, 0.7, 'läuft')),
                split='train',
            ),
            Video('b.mp4', split='inference'),
        ),
        ('läuft', 'sit'),
    )
    several = {**single, 'is_multilabel': True, 'labels': {'a.mp4': [[0, 1, 1], [0, 0, 1]]}, 'splits': {}}
    (video,) = read_annotations(write(tmp_path, several), reading=at(10.0)).videos
    assert video.segments == (Segment(0, 0.1, 'läuft'), Segment(0, 0.2, 'sit'))


# --- ActivityNet ---
@pytest.mark.parametrize(
    'content',
    [
        {'v1': {'duration_second': 9.5, 'fps': 25.0, 'annotations': [{'segment': [1, 2.5], 'label': 'läuft'}]}},
        {
            'version': '1.3',
            'database': {
                'v1': {'duration': 9.5, 'fps': 25.0, 'annotations': [{'label': 'läuft', 'segment': [1, 2.5]}]}
            },
        },
    ],
)
def test_activitynet_releases_and_converted_files(tmp_path, content):
    expected = Video('v1', fps=25.0, duration_sec=9.5, segments=(Segment(1, 2.5, 'läuft'),))
    assert read_annotations(write(tmp_path, content)).videos == (expected,)


def test_activitynet_results_and_faults(tmp_path):
    results = [
        {'label': 'läuft', 'score': 0.5, 'segment': [1, 2]},
        {'label': 'sit', 'segment': [3, 2]},
        {'segment': [1, 2]},
    ]
    reading = Reading()
    project = read_annotations(write(tmp_path, {'results': {'v1': results}}), reading=reading)
    assert project.videos == (Video('v1', segments=(Segment(1, 2, 'läuft', score=0.5),)),)
    assert [finding.where for finding in reading.findings] == [
        f"file.json, video 'v1', annotation {number}" for number in (2, 3)
    ]


# --- additions ---
@pytest.mark.parametrize(
    ('content', 'format', 'name'),
    [(tasks(), 'label-studio', 'küche.mp4'), (via(), 'via', 'ä.mp4')],
    ids=['label-studio', 'via'],
)
@pytest.mark.parametrize('indent', [None, 2])
def test_additions_keep_every_byte(tmp_path, content, format, name, indent):
    path = write(tmp_path, content, indent=indent)
    before = path.read_text(encoding='utf-8')
    old = read_annotations(path, reading=at(25.0))
    new = Segment(3.0, 3.4, 'jump', 'Bö', 0.25, 'slow fast')
    project = Project(
        (Video(name, fps=25.0, segments=(new, *old.videos[0].segments)), Video('z.mp4', fps=25.0, segments=(new,)))
    )
    write_annotations(project, tmp_path / 'new.json', format, Writing(), into=path)
    text = (tmp_path / 'new.json').read_text(encoding='utf-8')
    position = 0
    for character in before:  # the text with the additions taken out is the text before
        position = text.index(character, position) + 1
    read = read_annotations(tmp_path / 'new.json', reading=at(25.0))
    assert set(read.videos[0].segments) == {new, *old.videos[0].segments}
    assert len(read.videos[0].segments) == len(old.videos[0].segments) + 1
    assert read.videos[0].tracks == old.videos[0].tracks
    assert read.videos[-1].segments == (new,)
    write_annotations(project, tmp_path / 'again.json', format, Writing(), into=tmp_path / 'new.json')
    assert (tmp_path / 'again.json').read_text(encoding='utf-8') == text


# --- folders of classes ---
def test_folders_of_classes(tmp_path):
    for file in ('läuft/a.mp4', 'läuft/b.mp4', 'sit/a.mp4', 'sit/notes.txt'):
        (tmp_path / 'in' / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / 'in' / file).write_bytes(file.encode())
    assert detect_format(tmp_path / 'in').name == 'folders'
    project = read_annotations(tmp_path / 'in')
    assert [(video.name, video.labels) for video in project.videos] == [
        ('läuft/a.mp4', ('läuft',)),
        ('läuft/b.mp4', ('läuft',)),
        ('sit/a.mp4', ('sit',)),
    ]
    write_annotations(project, tmp_path / 'out', 'folders')
    assert read_annotations(tmp_path / 'out') == project
    assert (tmp_path / 'out/sit/a.mp4').read_bytes() == b'sit/a.mp4'


def test_folders_state_what_they_cannot_take(tmp_path):
    (tmp_path / 'a.mp4').write_bytes(b'a')
    videos = (
        Video('a.mp4', str(tmp_path / 'a.mp4'), labels=('run', 'sit')),
        Video('gone.mp4', labels=('run',)),
        Video('b.mp4', segments=(Segment(0, 1, 'run'),)),
    )
    writing = Writing()
    assert write_annotations(Project(videos), tmp_path / 'out', 'folders', writing) == []
    texts = ' '.join(map(str, writing.findings))
    assert 'folders of classes has no place for segments: 1 dropped (b.mp4)' in texts
    assert "video 'a.mp4': it has 2 labels, and a folder is one" in texts
    assert "video 'gone.mp4': there is no file gone.mp4" in texts
