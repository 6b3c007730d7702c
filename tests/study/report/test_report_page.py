"""The page of a report: it is well-formed, needs nothing else, and shows what the run has."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest
from study_runs import HOSTILE, outcome, record, with_file, write_run

from mmaction.annotations import Segment, Video, read_annotations
from mmaction.study.report import Settings, write_report
from mmaction.study.report.evidence import Evidence, Outcome
from mmaction.study.report.footage import Footage, plays_in_browsers
from mmaction.study.report.markup import Html, table, tag
from mmaction.study.report.sections import timelines
from mmaction.study.report.summary import sentences, summary
from mmaction.study.report.timeline import clock, draw
from mmaction.video import open_video

VOID = {'meta', 'img', 'br', 'input', 'link'}


class Page(HTMLParser):
    """Elements of a page, with a check of their nesting."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.stack = []
        self.elements = []
        self.text = []
        self.feed(text)
        self.close()
        assert self.stack == []

    def handle_starttag(self, name, attributes):
        self.elements.append((name, dict(attributes)))
        if name not in VOID:
            self.stack.append(name)

    def handle_startendtag(self, name, attributes):
        self.elements.append((name, dict(attributes)))

    def handle_endtag(self, name):
        assert self.stack.pop() == name

    def handle_data(self, data):
        if not {'style', 'script'} & set(self.stack):
            self.text.append(data)

    def of(self, name, **attributes):
        wanted = {key.rstrip('_'): value for key, value in attributes.items()}
        return [found for tag_, found in self.elements if tag_ == name and wanted.items() <= found.items()]


def check_page(path):
    """Parse a page that stands alone."""
    text = path.read_text(encoding='utf-8')
    page = Page(text)
    ids = [found['id'] for _, found in page.elements if 'id' in found]
    assert len(ids) == len(set(ids))
    for link in page.of('a'):
        if link['href'].startswith('#'):
            assert link['href'][1:] in ids
    assert not re.search(r'https?://|@import|url\(', text)
    assert page.of('link') == []
    assert all('src' not in found for found in page.of('script'))
    assert all(found['src'].startswith('data:image/jpeg;base64,') for found in page.of('img'))
    assert '<script>alert' not in text
    return page


@pytest.fixture
def frames_run(tmp_path):
    first = with_file(outcome([1, 1, 1, 1, 2, 2, 0, 0], [1, 1, 0, 0, 1, 1, 0, 0], 'a 1.mp4'), tmp_path / 'v/a 1.mp4')
    second = with_file(outcome([2, 2, 2, 2, 0, 0, 0, 0], [2] * 4 + [0] * 4, 'b.avi'), tmp_path / 'v/b.avi')
    write_run(tmp_path / 'study', [first, second], warnings=['walk has 2 segments'])
    return tmp_path / 'study'


def test_page_of_frames(frames_run):
    report = write_report(Settings(frames_run))
    assert report.page == frames_run / 'report.html'
    page = check_page(report.page)
    text = ' '.join(page.text)
    assert HOSTILE in text
    assert 'CC BY-NC 4.0' in text
    assert '75.0 %, against 50.0 % for the majority class and 70.0 % for the linear probe' in text
    assert 'walk has 2 segments' in text
    assert f'Too few examples (fewer than 10 segments to test on): walk (1), {HOSTILE} (2)' in text
    assert [found['id'] for found in page.of('section')] == [
        'summary',
        'classes',
        'confusion',
        'timelines',
        'errors',
        'next',
        'run',
    ]
    # two annotated and two predicted segments of the first video, one and one of the second
    assert len(page.of('svg')) == 2
    assert sorted(found['data-t'] for found in page.of('rect') if 's' in found.get('class', '').split()) == [
        '0.00,2.00',
        '0.00,4.00',
        '0.00,4.00',
        '0.00,4.00',
        '4.00,6.00',
        '4.00,6.00',
    ]
    links = {found['href'] for found in page.of('a', class_='play')}
    assert '../v/a%201.mp4#t=4.00,6.00' in links
    assert not any('b.avi' in link for link in links)
    assert [found.get('data-video') for found in page.of('div', class_='timeline')] == ['../v/a%201.mp4', None]
    images = page.of('img')
    assert len(images) == 6  # two errors with three frames each
    data = np.frombuffer(base64.b64decode(images[0]['src'].split(',')[1]), np.uint8)
    assert cv2.imdecode(data, cv2.IMREAD_COLOR).shape == (84, 112, 3)


def test_next_segments_for_a_tool(frames_run):
    target = frames_run / 'next.boris'
    report = write_report(Settings(frames_run, to='boris', next=target, suggestions=2))
    assert report.next == [target]
    project = read_annotations(target)
    # the least certain windows of each video; background stands for the second label
    assert [len(video.segments) for video in project.videos] == [1, 1]
    assert {segment.model for video in project.videos for segment in video.segments} == {'study'}
    assert str(target) in ' '.join(check_page(report.page).text)


def test_next_segments_of_unlabeled_videos(frames_run, tmp_path):
    table_file = tmp_path / 'new.csv'
    table_file.write_text('video,label,start,end,score\nnew.mp4,walk,0,2,0.9\nnew.mp4,walk,30,32,0.35\n')
    page = check_page(write_report(Settings(frames_run, unlabeled=table_file, suggestions=1)).page)
    text = ' '.join(page.text)
    assert 'segments of new.csv' in text
    assert '0:30.0–0:32.0' in text
    assert 'walk 0.35' in text


def test_clips_beside_the_page(frames_run, tmp_path):
    report = write_report(Settings(frames_run, out=tmp_path / 'out/page.html', clips=True, errors=1, suggestions=1))
    clips = sorted((tmp_path / 'out/page_clips').iterdir())
    page = check_page(report.page)
    links = {found['href'] for found in page.of('a', class_='play')}
    assert len(clips) >= 1
    for clip in clips:
        assert f'page_clips/{clip.name.replace(" ", "%20")}' in links
        assert plays_in_browsers(clip)
    with open_video(clips[0]) as reader:
        assert reader.size == (240, 320)


def test_what_browsers_play(frames_run, tmp_path):
    assert plays_in_browsers(frames_run.parent / 'v/a 1.mp4')
    assert not plays_in_browsers(frames_run.parent / 'v/b.avi')
    (tmp_path / 'broken.mp4').write_bytes(b'none')
    assert not plays_in_browsers(tmp_path / 'broken.mp4')
    assert not plays_in_browsers(tmp_path / 'absent.mp4')


def test_thumbnails_are_limited(frames_run):
    footage = Footage(frames_run / 'p.html', max_bytes=5000)
    video = str(frames_run.parent / 'v/a 1.mp4')
    strips = [footage.strip(video, start, start + 1.0, 'text') for start in range(5)]
    assert footage.used_bytes <= 5000
    assert 0 < sum(strip.count('<img') for strip in strips) < 15
    assert footage.strip('', 0, 1, 'text') == ''


@pytest.mark.parametrize('task', ['frames', 'events'])
def test_nothing_predicted_and_no_file(tmp_path, task):
    item = outcome([1, 1, 0, 0], [0, 0, 0, 0])
    write_run(tmp_path, [item], task, metrics={}, baselines={})
    text = ' '.join(check_page(write_report(Settings(tmp_path)).page).text)
    assert 'the file of the video is not found' in text
    assert '1 annotated and 0 predicted segments' in text


def test_page_of_clips(tmp_path):
    outcomes = []
    for number, (true, predicted) in enumerate([('walk', 'walk'), ('walk', HOSTILE)]):
        video = Video(f'{number}.mp4', duration_sec=2.0)
        scores = np.array([[0.0, 0.4, 0.6]], np.float32)
        # labels of whole videos may be segments of their length
        pair = replace(video, labels=(true,)), replace(video, segments=(Segment(0, 2, predicted, score=0.6),))
        outcomes.append(Outcome(*pair, scores, np.array([[0.0, 2.0]])))
    write_run(tmp_path, outcomes, 'clips')
    page = check_page(write_report(Settings(tmp_path)).page)
    assert 'timelines' not in [found['id'] for found in page.of('section')]
    assert f'walk  taken for  {HOSTILE} , score 0.60' in ' '.join(page.text)


def test_an_hour_of_many_short_segments_is_drawn_within_a_limit():
    names = {f'class {number}': number for number in range(60)}
    short = [Segment(t * 0.6, t * 0.6 + 0.6, f'class {t % 60}') for t in range(6000)]
    drawing = draw(short, [], np.array([[0.0, 3600.0]]), 3600.0, names, columns=100)
    page = Page(drawing.markup)
    assert len(page.of('svg')) == 12
    assert len(page.of('rect')) == 1200
    assert drawing.hidden == 6000 - 1200


def test_many_long_videos_have_timelines_of_limited_size():
    names = ['background', 'walk', 'run']
    edges = np.arange(0, 3600, 30.0)
    both = [Segment(t, t + 30, names[1 + number % 2]) for number, t in enumerate(edges.tolist())]
    video = Video('long.mp4', duration_sec=3600.0, segments=tuple(both))
    spans = np.stack([edges, edges + 30], axis=1)
    item = Outcome(video, video, np.full((len(edges), 3), 1 / 3), spans)
    text = timelines(Evidence('frames', names, [item] * 8), Footage(Path('p.html')))
    page = Page(text)
    assert len(page.of('svg')) == 72  # six videos of twelve rows
    assert len(page.of('rect')) == 6 * 240
    assert len(text) < 4 << 20
    assert '2 more videos, with fewer errors, are not shown' in text


def test_arguments(tmp_path):
    with pytest.raises(ValueError, match='--to FORMAT and --next FILE belong together'):
        write_report(Settings(tmp_path, to='boris'))
    with pytest.raises(ValueError, match=r"--to \('word'\) must be one of 'json', 'boris'"):
        write_report(Settings(tmp_path, to='word', next=tmp_path / 'x'))
    with pytest.raises(ValueError, match=r'errors \(-1\) must be at least 0'):
        write_report(Settings(tmp_path, errors=-1))
    with pytest.raises(FileNotFoundError, match=r'run\.json'):
        write_report(Settings(tmp_path))


def test_license_that_is_unknown_is_a_warning():
    evidence = Evidence('frames', ['background', 'walk'], [])
    made = record()
    assert 'The license of the encoder’s weights: CC BY-NC 4.0.' in sentences(made, evidence)[2]
    unknown = replace(made, encoder=replace(made.encoder, license=None))
    assert 'state no license' in sentences(unknown, evidence)[2]


def test_summary_states_what_the_validation_videos_have_chosen():
    evidence = Evidence('frames', ['background', 'walk'], [])
    made = record()
    assert 'there are no test videos: figures may be lower' in sentences(made, evidence)[-1]
    assert 'on the test videos' not in summary(made, evidence)
    own = dict(acc=71.5, edit=55.5, log_loss=0.4, log_loss_uncalibrated=0.625)
    tested = replace(made, test=dict(majority=dict(acc=49.5), linear=dict(acc=69.5), mstcnpp=own))
    assert 'changes the log loss of the scores from 0.625 to 0.400' in sentences(tested, evidence)[-1]
    page = summary(tested, evidence)
    rest = page.partition('Percent, on the test videos')[2]
    assert '<td>71.5</td><td>49.5</td><td>69.5</td>' in rest
    assert '0.4' not in rest


def test_markup_is_escaped():
    assert tag('p', 'a < b & c', tag('b', '"')) == '<p>a &lt; b &amp; c<b>"</b></p>'
    assert (
        tag('a', 'x', href='"&', hidden=True, title=None, class_='k') == '<a href="&quot;&amp;" hidden class="k">x</a>'
    )
    assert tag('rect', x=1) == '<rect x="1"/>'
    assert '<th scope="row">&lt;</th><td>b</td>' in table('c', ['h'], [['<', 'b']])
    assert isinstance(tag('p'), Html)


@pytest.mark.parametrize(
    ('seconds', 'text'), [(0, '0:00.0'), (59.96, '1:00.0'), (75.25, '1:15.2'), (3725.5, '1:02:05.5')]
)
def test_clock(seconds, text):
    assert clock(seconds) == text


def test_segments_at_the_same_time_lie_below_each_other():
    events = [Segment(0, 10, 'walk'), Segment(2, 4, 'walk'), Segment(4, 6, 'walk')]
    page = Page(draw(events, [], np.zeros((0, 2)), 10.0, {'walk': 0}).markup)
    rects = [(found['x'], found['y'], found['width']) for found in page.of('rect')]
    assert rects == [('0.0', '4', '1200.0'), ('240.0', '15', '240.0'), ('480.0', '15', '240.0')]
    assert [found['style'] for found in page.of('span')][:2] == ['left:0.00%', 'left:20.00%']
