import { execFileSync } from 'node:child_process';
import { pythonClientPython } from '../../../test/support/needs.ts';
import { attempt } from './attempt.ts';

const PROGRAM = 'import hatchling, httpx, lightning.pytorch, mypy, pandas, pytest, ruff, transformers.trainer';

// That all of it can be imported, torch without a GPU among it.
await attempt(async () => {
  execFileSync(pythonClientPython, ['-c', PROGRAM], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
});
