import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspectPython } from '../needs.ts';
import { fixture } from '../runs/localRun.ts';

/** Two tasks of four questions, three of which are answered rightly, without a model. Runs are held as `control.py` says. */
const TASKS = `
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import match
from inspect_ai.solver import solver
from . import control

DATA = [Sample(id=at, input=f"say {letter}", target=letter) for at, letter in enumerate("abcd")]

@solver
def says():
    async def solve(state, generate):
        state.output = ModelOutput.from_content("none/none", "abcx"[int(state.sample_id)])
        return state
    return solve

@task
def first(): return Task(dataset=control.begin(DATA), solver=says(), scorer=match())

@task
def second(): return Task(dataset=control.begin(DATA), solver=says(), scorer=match())
`;

const NAME = 'evald_contract';

/**
 * Makes a package that has tasks of inspect, `evald_contract/first` and `/second`, and says so as packages do.
 * @returns a Python that has it, and the real inspect-ai.
 */
export async function makeInspectPackage(folder: string): Promise<string> {
  // A task has the name of its package before its own only where that lies in a folder of such a name.
  const packages = join(folder, 'site-packages');
  const [own, about] = [join(packages, NAME), join(packages, `${NAME}-1.0.dist-info`)];
  for (const made of [own, about]) await mkdir(made, { recursive: true });
  await writeFile(join(own, '__init__.py'), 'from .tasks import first, second\n');
  await writeFile(join(own, 'tasks.py'), TASKS);
  await copyFile(fixture('contract/control.py'), join(own, 'control.py'));
  await writeFile(join(about, 'METADATA'), `Metadata-Version: 2.1\nName: ${NAME}\nVersion: 1.0\n`);
  await writeFile(join(about, 'entry_points.txt'), `[inspect_ai]\n${NAME} = ${NAME}\n`);
  const python = join(folder, 'python');
  await writeFile(python, `#!/bin/sh\nPYTHONPATH=${packages} exec ${inspectPython} "$@"\n`);
  await chmod(python, 0o755);
  return python;
}
