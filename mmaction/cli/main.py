"""The command ``mmaction``: a table of sub-commands, each a module that is imported when it is called."""

from __future__ import annotations

import os.path as osp
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from textwrap import wrap

from mmaction.cli.command import load_command, run_command

_WIDTH = 80  # of an overview


@dataclass(frozen=True)
class Group:
    """Sub-commands: the path of a module for each name, or another group.

    ``default`` is the module of a command that has the name of the group, for words that name no sub-command.
    """

    help: str
    commands: Mapping[str, str | Group]
    default: str | None = None


ACTIVITYNET = Group(
    'Prepare ActivityNet',
    {
        'convert-proposal-format': 'mmaction.cli.data.activitynet.convert_proposal_format',
        'download': 'mmaction.cli.data.activitynet.download',
        'feature-postprocessing': 'mmaction.cli.data.activitynet.feature_postprocessing',
        'generate-rawframes-filelist': 'mmaction.cli.data.activitynet.generate_rawframes_filelist',
        'process-annotations': 'mmaction.cli.data.activitynet.process_annotations',
        'tsn-feature-extraction': 'mmaction.cli.data.activitynet.tsn_feature_extraction',
    },
)
AVA = Group(
    'Prepare AVA',
    {
        'download-videos-parallel': 'mmaction.cli.data.ava.download_videos_parallel',
    },
)
AVA_KINETICS = Group(
    'Prepare AVA-Kinetics',
    {
        'cut-kinetics': 'mmaction.cli.data.ava_kinetics.cut_kinetics',
        'extract-rgb-frames': 'mmaction.cli.data.ava_kinetics.extract_rgb_frames',
        'fetch-proposal': 'mmaction.cli.data.ava_kinetics.fetch_proposal',
        'merge-annotations': 'mmaction.cli.data.ava_kinetics.merge_annotations',
        'prepare-annotation': 'mmaction.cli.data.ava_kinetics.prepare_annotation',
        'softlink-ava': 'mmaction.cli.data.ava_kinetics.softlink_ava',
    },
)
DETECTION = Group(
    'Detection of actions in videos of your own',
    {'from-boxes': 'mmaction.cli.data.detection.from_boxes'},
)
GYM = Group(
    'Prepare FineGym',
    {
        'download': 'mmaction.cli.data.gym.download',
        'generate-file-list': 'mmaction.cli.data.gym.generate_file_list',
        'trim-event': 'mmaction.cli.data.gym.trim_event',
        'trim-subaction': 'mmaction.cli.data.gym.trim_subaction',
    },
)
HACS = Group(
    'Prepare HACS',
    {
        'generate-anotations': 'mmaction.cli.data.hacs.generate_anotations',
        'generate-list': 'mmaction.cli.data.hacs.generate_list',
        'write-feature-csv': 'mmaction.cli.data.hacs.write_feature_csv',
    },
)
HVU = Group(
    'Prepare HVU',
    {
        'download': 'mmaction.cli.data.hvu.download',
        'generate-file-list': 'mmaction.cli.data.hvu.generate_file_list',
        'generate-sub-file-list': 'mmaction.cli.data.hvu.generate_sub_file_list',
        'parse-tag-list': 'mmaction.cli.data.hvu.parse_tag_list',
    },
)
KINETICS = Group('Prepare Kinetics', {'download': 'mmaction.cli.data.kinetics.download'})
MSRVTT = Group('Prepare MSR-VTT', {'compress': 'mmaction.cli.data.msrvtt.compress'})
MULTISPORTS = Group(
    'Prepare MultiSports',
    {
        'format-det-result': 'mmaction.cli.data.multisports.format_det_result',
        'parse-anno': 'mmaction.cli.data.multisports.parse_anno',
    },
)
OMNISOURCE = Group('Prepare OmniSource', {'trim-raw-video': 'mmaction.cli.data.omnisource.trim_raw_video'})
VIDEO_RETRIEVAL = Group(
    'Prepare captions for retrieval',
    {
        'prepare-msrvtt': 'mmaction.cli.data.video_retrieval.prepare_msrvtt',
        'prepare-msvd': 'mmaction.cli.data.video_retrieval.prepare_msvd',
    },
)
SKELETON = Group(
    'Prepare and check pose annotations',
    {
        'babel2mma2': 'mmaction.cli.data.babel2mma2',
        'check-annotations': 'mmaction.cli.data.check_pose_annotations',
        'compress-nturgbd': 'mmaction.cli.data.compress_nturgbd',
        'gen-ntu-rgbd-raw': 'mmaction.cli.data.gen_ntu_rgbd_raw',
        'ntu-pose-extraction': 'mmaction.cli.data.ntu_pose_extraction',
    },
)
UNTRIMMED = Group(
    'Make untrimmed videos; chance level of localization',
    {
        'concatenate-clips': 'mmaction.cli.data.concatenate_clips',
        'uniform-baseline': 'mmaction.cli.data.uniform_baseline',
    },
)
# Names under `data` are the paths of the scripts under tools/data, with hyphens.
DATA = Group(
    'Prepare datasets; import annotations, export predictions',
    {
        'activitynet': ACTIVITYNET,
        'anno-txt2json': 'mmaction.cli.data.anno_txt2json',
        'ava': AVA,
        'ava-kinetics': AVA_KINETICS,
        'build-audio-features': 'mmaction.cli.data.build_audio_features',
        'build-file-list': 'mmaction.cli.data.build_file_list',
        'build-rawframes': 'mmaction.cli.data.build_rawframes',
        'build-videos': 'mmaction.cli.data.build_videos',
        'denormalize-proposal-file': 'mmaction.cli.data.denormalize_proposal_file',
        'detection': DETECTION,
        'export': 'mmaction.cli.data.export_annotations',
        'extract-audio': 'mmaction.cli.data.extract_audio',
        'gym': GYM,
        'hacs': HACS,
        'hvu': HVU,
        'import': 'mmaction.cli.data.import_annotations',
        'kinetics': KINETICS,
        'msrvtt': MSRVTT,
        'multisports': MULTISPORTS,
        'omnisource': OMNISOURCE,
        'resize-videos': 'mmaction.cli.data.resize_videos',
        'scan': 'mmaction.cli.data.scan',
        'skeleton': SKELETON,
        'untrimmed': UNTRIMMED,
        'video-retrieval': VIDEO_RETRIEVAL,
    },
)
CONFIG = Group(
    'Print a config with its bases resolved; convert one of 0.x',
    {'migrate': 'mmaction.cli.migrate_config'},
    default='mmaction.cli.config',
)
TOOLS = Group(
    'Reports, conversions and other tools',
    {
        'analyze-logs': 'mmaction.cli.tools.analyze_logs',
        'bash-completion': 'mmaction.cli.completion',
        'bench-processing': 'mmaction.cli.tools.bench_processing',
        'benchmark': 'mmaction.cli.tools.benchmark',
        'bsn-proposal-generation': 'mmaction.cli.tools.bsn_proposal_generation',
        'check-videos': 'mmaction.cli.tools.check_videos',
        'confusion-matrix': 'mmaction.cli.tools.confusion_matrix',
        'demo': 'mmaction.cli.infer.recognize',
        'demo-audio': 'mmaction.cli.infer.audio',
        'demo-stdet': 'mmaction.cli.infer.spatiotemporal_det',
        'demo-stdet-onnx': 'mmaction.cli.infer.spatiotemporal_det_onnx',
        'demo-structuralize': 'mmaction.cli.infer.structuralize',
        'demo-webcam-stdet': 'mmaction.cli.infer.webcam_stdet',
        'export-onnx-gcn': 'mmaction.cli.tools.export_onnx_gcn',
        'export-onnx-posec3d': 'mmaction.cli.tools.export_onnx_posec3d',
        'export-onnx-stdet': 'mmaction.cli.tools.export_onnx_stdet',
        'eval-metric': 'mmaction.cli.tools.eval_metric',
        'flow-extraction': 'mmaction.cli.tools.flow_extraction',
        'get-flops': 'mmaction.cli.tools.get_flops',
        'long-video-demo': 'mmaction.cli.infer.long_video',
        'mmaction2torchserve': 'mmaction.cli.tools.mmaction2torchserve',
        'publish-model': 'mmaction.cli.tools.publish_model',
        'reparameterize-model': 'mmaction.cli.tools.reparameterize_model',
        'report-accuracy': 'mmaction.cli.tools.report_accuracy',
        'report-map': 'mmaction.cli.tools.report_map',
        'webcam-demo': 'mmaction.cli.infer.webcam',
    },
)
COMMANDS = Group(
    'Video understanding on PyTorch',
    {
        'data': DATA,
        'fit': 'mmaction.cli.fit',
        'report': 'mmaction.cli.report',
        'annotate': 'mmaction.cli.annotate',
        'train': 'mmaction.cli.train',
        'test': 'mmaction.cli.test',
        'infer': 'mmaction.cli.infer.inferencer',
        'export': 'mmaction.cli.export',
        'features': 'mmaction.cli.infer.features',
        'localize': 'mmaction.cli.infer.localize',
        'detect': 'mmaction.cli.infer.detect',
        'skeleton': 'mmaction.cli.infer.skeleton',
        'browse': 'mmaction.cli.look.browse',
        'cam': 'mmaction.cli.look.cam',
        'schedule': 'mmaction.cli.look.schedule',
        'config': CONFIG,
        'env': 'mmaction.cli.env',
        'doctor': 'mmaction.cli.doctor',
        'tools': TOOLS,
    },
)


def main(argv: Sequence[str] | None = None) -> None:
    """Run a sub-command.

    Args:
        argv: its name and arguments, as ``['data', 'extract-audio', 'videos', 'audio']``; by default those of the
            process.

    Raises:
        SystemExit: 2 for an unknown command or wrong arguments, 1 for other errors that the user can fix.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    names = ['mmaction']
    entry: str | Group = COMMANDS
    while isinstance(entry, Group):
        if entry.default and (not words or words[0] not in entry.commands):
            entry = entry.default
            break
        if not words or words[0] in ('-h', '--help'):
            print(overview(' '.join(names), entry), file=sys.stdout if words else sys.stderr)
            raise SystemExit(0 if words else 2)
        name = words.pop(0).replace('_', '-')  # the scripts' names have underscores
        if name not in entry.commands:
            print(_unknown(name, names, entry), file=sys.stderr)
            raise SystemExit(2)
        entry = entry.commands[name]
        names.append(name)
    run_command(entry, words, _script_name() or ' '.join(names))


def walk(group: Group = COMMANDS, prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the names that lead to each command, and its module."""
    if group.default:
        yield prefix, group.default
    for name, entry in group.commands.items():
        if isinstance(entry, Group):
            yield from walk(entry, (*prefix, name))
        else:
            yield (*prefix, name), entry


def overview(program: str, group: Group) -> str:
    """List the sub-commands of a group, one per line."""
    width = max(map(len, group.commands)) + 2
    lines = [f'usage: {program} COMMAND ...', f'{group.help}.', '']
    for name, entry in group.commands.items():
        text = entry.help if isinstance(entry, Group) else load_command(entry).HELP
        first, *more = wrap(text, _WIDTH - width - 2) or ['']
        lines.append(f'  {name:{width}}{first}')
        lines += [f'  {"":{width}}{line}' for line in more]
    return '\n'.join([*lines, '', f'{program} COMMAND --help lists the arguments of a command.'])


def _unknown(name: str, names: Sequence[str], group: Group) -> str:
    """Word the message for an unknown command, with similar ones of this group and of all others."""
    here = {known: ' '.join([*names[1:], known]) for known in group.commands}
    elsewhere = {path[-1]: ' '.join(path) for path, _ in walk()}
    known = elsewhere | here
    close = [known[match] for match in get_close_matches(name, known)]
    hint = f' Did you mean {" or ".join(f"mmaction {command}" for command in close)}?' if close else ''
    program = ' '.join(names)
    return f'{program}: error: {name!r} is not a command.{hint} {program} --help lists all commands.'


def _script_name() -> str | None:
    """Name of the running script, such as ``train.py`` for ``python tools/train.py``; None for ``mmaction`` itself."""
    name = osp.basename(sys.argv[0])
    return name if name.endswith('.py') and name != '__main__.py' else None
