"""Completion in bash."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from mmaction.cli.completion import bash_completion, scripts_in


def test_file_is_that_of_the_parsers(root):
    expected = bash_completion(scripts_in(root))
    command = 'mmaction tools bash-completion > tools/argparse.bash'
    assert (root / 'tools' / 'argparse.bash').read_text() == expected, f'run {command}'


@pytest.mark.skipif(shutil.which('bash') is None, reason='there is no bash')
def test_bash_completes(root):
    def complete(*words: str) -> list[str]:
        """What bash offers for the last word."""
        function = '_mmaction' if words[0] == 'mmaction' else '_mmaction_python'
        quoted = ' '.join(f"'{word}'" for word in words)
        script = (
            f'source tools/argparse.bash; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; {function}; '
            'printf "%s\\n" "${COMPREPLY[@]}"'
        )
        done = subprocess.run(['bash', '-c', script], cwd=root, capture_output=True, text=True, check=True, timeout=30)
        return done.stdout.split()

    assert complete('mmaction', 'tr') == ['train']
    assert 'get-flops' in complete('mmaction', 'tools', '')
    assert complete('mmaction', 'tools', 'get_flops', 'c.py', '--sh') == ['--shape']
    assert complete('mmaction', 'train', 'c.py', '--launcher', 's') == ['slurm']
    assert complete('mmaction', 'tools', 'analyze-logs', 'plot_curve', '--sty') == ['--style']
    assert complete('python', 'tools/data/extract_audio.py', '--le') == ['--level']
    assert complete('python', './tools/test.py', 'c.py', 'w.pth', '--du') == ['--dump']
    assert complete('python', 'other.py', '--x') == []
