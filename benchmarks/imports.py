"""How long importing takes, in new processes, as a ratio to ``import mmengine.runner`` in the same run."""

from __future__ import annotations

import json
import subprocess
import sys
import time

REGISTER = 'from mmaction.utils import register_all_modules; register_all_modules()'
CASES = {
    'import mmengine.runner': 'import mmengine.runner',
    'import mmaction': 'import mmaction',
    'register_all_modules': REGISTER,
    'register and get a recognizer': f'{REGISTER}; from mmaction.registry import MODELS; MODELS.get("Recognizer2D")',
    'register and fill every registry': (
        f'{REGISTER}; import mmaction.registry as r; '
        '[value.module_dict for value in list(vars(r).values()) if isinstance(value, r.Registry)]'
    ),
}


def seconds(code: str) -> float:
    """Wall time of a new process that runs ``code``."""
    start = time.perf_counter()
    subprocess.run([sys.executable, '-W', 'ignore', '-c', code], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main(repeats: int = 7) -> None:
    """Print the best of ``repeats`` as JSON; the cases take turns, so that a busy moment does not fall on one."""
    best = dict.fromkeys(CASES, float('inf'))
    for _ in range(repeats):
        for name, code in CASES.items():
            best[name] = min(best[name], seconds(code))
    base = best['import mmengine.runner']
    print(json.dumps({n: {'seconds': round(s, 3), 'ratio': round(s / base, 3)} for n, s in best.items()}, indent=1))


if __name__ == '__main__':
    main()
