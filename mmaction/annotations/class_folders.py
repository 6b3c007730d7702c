"""Folders of classes: ``CLASS/VIDEO`` or ``SPLIT/CLASS/VIDEO``, one label per video."""

from __future__ import annotations

import os
import shutil
from mimetypes import guess_type
from pathlib import Path

from mmaction.annotations.base import Format, Reading, Writing, video_key
from mmaction.annotations.findings import malformed
from mmaction.annotations.record import Project, Video

_SPLITS = ('train', 'val', 'test', 'training', 'validation', 'testing', 'valid')


class ClassFolders(Format):
    """A folder per class, with its videos."""

    name = 'folders'
    title = 'folders of classes'
    suffixes = ()
    holds = frozenset({'video_labels', 'splits', 'declared_labels'})
    limits = (
        'It has one label per video and nothing else. Videos are linked into the folders where the system can, else '
        'copied, so that their files must be known.'
    )

    def recognizes(self, head: str) -> bool:
        return False  # a folder has no text; see recognizes_folder

    def recognizes_folder(self, path: Path) -> bool:
        """True if there are videos in folders of the folder."""
        return any(_is_video(file) for file in path.glob('*/*')) or any(_is_video(file) for file in path.glob('*/*/*'))

    def parse(self, text: str, reading: Reading) -> Project:
        raise malformed(reading.findings.file, '', 'this is a file', f'{self.title} are a folder.')

    def render(self, project: Project, writing: Writing, existing: str | None = None) -> str:
        raise malformed('', '', 'this is a file', f'{self.title} are a folder.')

    def read(self, path: Path, reading: Reading) -> Project:
        if not path.is_dir():
            raise malformed(str(path), '', 'this is a file', f'{self.title} are a folder.')
        videos = []
        labels = []
        for folder in sorted(item for item in path.iterdir() if item.is_dir()):
            is_split = folder.name.lower() in _SPLITS
            classes = sorted(item for item in folder.iterdir() if item.is_dir()) if is_split else [folder]
            for of_class in classes:
                labels.append(of_class.name)
                for file in sorted(of_class.rglob('*')):
                    if _is_video(file):
                        name = file.relative_to(path).as_posix()
                        split = folder.name if is_split else ''
                        videos.append(Video(name, str(file), labels=(of_class.name,), split=split))
        if not videos:
            raise malformed(str(path), '', 'there is no video in its folders', 'The layout is CLASS/VIDEO.mp4.')
        return Project(tuple(videos), tuple(sorted(set(labels))))

    def write(self, project: Project, path: Path, writing: Writing, into: Path | None = None) -> list[Path]:
        written = []
        for label in project.all_labels():
            if not any(video.split for video in project.videos):
                (path / label).mkdir(parents=True, exist_ok=True)
        for video in project.videos:
            where = f'video {video.name!r}'
            if not video.labels:
                continue
            if len(video.labels) > 1:
                writing.findings.error(
                    where, f'it has {len(video.labels)} labels, and a folder is one', 'Choose another format.'
                )
                continue
            source = Path(video.path or video.name)
            if not source.is_file():
                writing.findings.error(where, f'there is no file {source}', 'Give the folder of the videos (--videos).')
                continue
            target = path / video.split / video.labels[0] / video_key(video.name)
            if target.exists():
                if not target.samefile(source):
                    writing.findings.error(where, f'{target} exists, and is another file', 'Rename one of them.')
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            _link(source, target)
            written.append(target)
        return written


def _is_video(path: Path) -> bool:
    return path.is_file() and (guess_type(path.name)[0] or '').startswith('video')


def _link(source: Path, target: Path) -> None:
    """Link a file, which takes no space, or copy it where that is impossible."""
    try:
        os.symlink(source.resolve(), target)
    except OSError:
        shutil.copyfile(source, target)
