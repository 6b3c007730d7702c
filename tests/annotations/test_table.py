"""CSV, TSV and the aggregated events of BORIS."""

from __future__ import annotations

import pytest

from mmaction.annotations import AnnotationError, Project, Reading, Segment, Video, read_annotations, write_annotations

RUN = Segment(1.5, 3.25, 'run', 'Ana', 0.5)


@pytest.mark.parametrize(
    'data',
    [
        b'video,label,start,end,subject,score\na.mp4,run,1.5,3.25,Ana,0.5\n',
        b'\xef\xbb\xbfFile Name;Behaviour;Start (s);Stop (s);Subject;Confidence\r\na.mp4;run;1,5;3,25;Ana;0,5\r\n',
        'media_file\tAction\tOnset\tOffset\tAnimal\tscore\na.mp4\trun\t1.5\t3.25\tAna\t0.5\n'.encode('utf-16'),
        b'sep=;\nvideo;label;start;end;subject;score\n\na.mp4;run;00:00:01,5;0:03.25;Ana;.5\n',
        b'score,end,start,label,video,subject\n0.5,"3,25","1,5",run,a.mp4,Ana\n',
        b'id,filename,start,stop,label,source,score,subject\n1,a.mp4,0:00:01.5,0:00:03.25,run,manual,0.5,Ana\n',
    ],
)
def test_spreadsheets_of_any_locale(tmp_path, data):
    path = tmp_path / 'labels.csv'
    path.write_bytes(data)
    assert read_annotations(path) == Project((Video('a.mp4', segments=(RUN,)),))


def test_whole_videos_and_splits(tmp_path):
    path = tmp_path / 'labels.csv'
    path.write_text('video,label,split\na.mp4,跑步,train\na.mp4,run,train\nb.mp4,run,val\n', encoding='utf-8')
    assert read_annotations(path).videos == (
        Video('a.mp4', labels=('跑步', 'run'), split='train'),
        Video('b.mp4', labels=('run',), split='val'),
    )


@pytest.mark.parametrize(
    ('row', 'message'),
    [
        ('a.mp4,run,1,5,3,25', r'row 3: 6 cells where the header has 4\. Are there decimal commas\?'),
        ('a.mp4,run,soon,3', r"row 3: start \('soon'\) is no time\. Write seconds, such as 12\.5"),
        ('a.mp4,run,3,1', r'row 3: end \(1\) is before start \(3\)\. Correct the row'),
        ('a.mp4,,1,3', r'row 3: label is empty'),
        ('a.mp4,run,1,', r"row 3: end \(''\) is no time"),
        ('a.mp4,run,nan,3', r"row 3: start \('nan'\) is no time"),
    ],
)
def test_faulty_rows(tmp_path, row, message):
    path = tmp_path / 'labels.csv'
    path.write_text(f'video,label,start,end\nb.mp4,run,1,2\n{row}\n', encoding='utf-8')
    with pytest.raises(AnnotationError, match=message):
        read_annotations(path)
    reading = Reading()
    assert read_annotations(path, reading=reading).videos[0].segments == (Segment(1, 2, 'run'),)


def test_header_without_columns(tmp_path):
    path = tmp_path / 'labels.csv'
    path.write_text('video,label,start\na,b,1\n')
    with pytest.raises(AnnotationError, match=r"the header 'video, label, start' has no column end\. The columns are"):
        read_annotations(path)


def test_aggregated_events_of_boris(tmp_path):
    path = tmp_path / 'events.tsv'
    header = 'Observation id\tObservation date\tweather\tFPS (frame/s)\tSubject\tBehavior\tBehavioral category'
    header += '\tModifier #1\tBehavior type\tStart (s)\tStop (s)\tDuration (s)\tMedia file name\tComment start'
    rows = [
        'one\t2026-01-01\tsunny\t25\tNo focal subject\trun\t\t\tSTATE\t1,5\t3,25\t1,75\tvid/ä.mp4\t',
        'one\t2026-01-01\tsunny\t25\tAna\thop\t\t\tPOINT\t2,0\tNA\tNA\tvid/ä.mp4\tpredicted by tsn, score 0.5',
    ]
    path.write_text('\n'.join([header, *rows]), encoding='utf-8')
    assert read_annotations(path).videos == (
        Video('vid/ä.mp4', segments=(Segment(1.5, 3.25, 'run'), Segment(2, 2, 'hop', 'Ana', 0.5, 'tsn'))),
    )


def test_rows_are_added_in_the_style_of_the_table(tmp_path):
    path = tmp_path / 'labels.csv'
    text = 'Subject;file;notes;Behaviour;start;end;score\r\nAna;a.mp4;"kept; as is";run;1,5;3,25;0,5\r\n'
    path.write_bytes(text.encode())
    project = Project((Video('a.mp4', segments=(RUN, Segment(4, 5.5, 'sit', score=0.25))),))
    write_annotations(project, path, 'csv', into=path)
    assert path.read_bytes().decode() == text + ';a.mp4;;sit;4;5.5;0.25\r\n'


@pytest.mark.parametrize('codec', ['utf-8-sig', 'utf-16-le', 'utf-16-be'])
def test_rows_are_added_in_the_encoding_of_the_table(tmp_path, codec):
    mark = '' if codec == 'utf-8-sig' else '\ufeff'
    path = tmp_path / 'labels.csv'
    text = 'video\tlabel\tstart\tend\na.mp4\tläuft\t1\t2\n'
    path.write_bytes((mark + text).encode(codec))
    project = Project((Video('a.mp4', segments=(Segment(3, 4, 'sit'),)),))
    write_annotations(project, path, 'csv', into=path)
    assert path.read_bytes() == (mark + text + 'a.mp4\tsit\t3\t4\n').encode(codec)
