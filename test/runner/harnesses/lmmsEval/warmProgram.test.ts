import { execFileSync } from 'node:child_process';
import { beforeEach, expect, test } from 'vitest';
import { CHECKS_PROGRAM } from '../../../../src/runner/backends/local/warm/checksProgram.ts';
import { LMMS_EVAL_WARM_PROGRAM } from '../../../../src/runner/harnesses/lmmsEval/warmProgram.ts';
import { skipWithout, systemPython } from '../../../support/needs.ts';

beforeEach((context) => skipWithout(systemPython, context));

/** Why a parent is not forked, where torch says so of CUDA, and after some lines more. */
function whyNot(
  initialized: boolean,
  badFork: boolean,
  more = '',
): { unfit: string | null; unforkable: string | null } {
  const program = `${CHECKS_PROGRAM}${LMMS_EVAL_WARM_PROGRAM}
import types
cuda = types.SimpleNamespace(is_initialized=lambda: ${initialized ? 'True' : 'False'}, _is_in_bad_fork=lambda: ${badFork ? 'True' : 'False'})
sys.modules["torch"] = types.SimpleNamespace(cuda=cuda)
${more}
print(json.dumps({"unfit": unfit(), "unforkable": unforkable()}))
`;
  return JSON.parse(
    execFileSync('python3', ['-c', program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }),
  );
}

test('a parent in which CUDA was initialised, or that was forked from such a one, is not forked', () => {
  const reason = 'the parent has looked for GPUs';
  expect(whyNot(false, false)).toEqual({ unfit: null, unforkable: null });
  expect(whyNot(true, false).unfit).toBe(reason);
  expect(whyNot(false, true).unfit).toBe(reason);
});

test('a parent that holds a device is not forked, and what any program opens is none', () => {
  const opened = 'held = os.open("/dev/full", os.O_RDONLY)';
  expect(whyNot(false, false, opened).unforkable).toBe('the parent holds /dev/full');
  const terminal = 'import pty\nours, theirs = pty.openpty()';
  expect(whyNot(false, false, terminal).unforkable).toContain('the parent holds /dev/pt');
  const harmless = 'held = [os.open(f"/dev/{name}", os.O_RDONLY) for name in ("null", "zero", "urandom", "random")]';
  expect(whyNot(false, false, harmless).unforkable).toBeNull();
});
