import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Tasks of inspect whose answers need no model (`none/none`): of four questions two are answered rightly, one is wrong, one
 * empty. `held` waits while the file `held` lies beside it, and notes its process in `begun`; `breaks` fails at the third sample, while the
 * file `mended` is not there; `half` fails at the third and is a success all the same, and so is `none`, of which all fail; `undecided` leaves a sample without a score; `nan` has
 * scores that are not finite.
 */
const TASKS = `
import asyncio, os
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import Score, accuracy, includes, match, mean, scorer, stderr
from inspect_ai.solver import solver

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = [Sample(id=f"q{at}", input=f"say {letter}", target=letter) for at, letter in enumerate("abcd")]
SAID = {"q0": "a", "q1": "b", "q2": "x", "q3": ""}

SAID_OF_NONE = {}

@solver
def says(said=SAID):
    async def solve(state, generate):
        state.output = ModelOutput.from_content("none/none", said[state.sample_id])
        return state
    return solve

@solver
def waits():
    async def solve(state, generate):
        with open(os.path.join(HERE, "begun"), "a") as file: file.write(f"{os.getpid()}\\n")
        while os.path.exists(os.path.join(HERE, "held")): await asyncio.sleep(0.05)
        return state
    return solve

@solver
def fails():
    async def solve(state, generate):
        with open(os.path.join(HERE, "tried"), "a") as file: file.write(f"{state.sample_id}\\n")
        if state.sample_id == "q2" and not os.path.exists(os.path.join(HERE, "mended")): raise ValueError("the third breaks")
        return state
    return solve

@scorer(metrics=[mean(), stderr()])
def sometimes():
    async def score(state, target):
        return Score(value=1.0) if state.sample_id != "q2" else Score(value=float("nan"))
    return score

@scorer(metrics=[accuracy(), stderr()])
def undecided_scorer():
    async def score(state, target):
        return Score(value="C") if state.sample_id != "q2" else None
    return score

@scorer(metrics={"length": [mean(), stderr()], "right": [accuracy()]})
def parts():
    async def score(state, target):
        said = state.output.completion
        return Score(value={"length": len(said), "right": float(said == target.text)}, answer=said)
    return score

@task
def letters(fewshot: int = 0):
    return Task(dataset=DATA, solver=says(), scorer=[match(), includes()], version=3)

@task
def dictionary():
    return Task(dataset=DATA, solver=says(), scorer=parts())

@task
def held():
    return Task(dataset=DATA, solver=[waits(), says()], scorer=match())

@task
def breaks():
    return Task(dataset=DATA, solver=[fails(), says()], scorer=match())

@task
def half():
    return Task(dataset=DATA, solver=[fails(), says()], scorer=match(), fail_on_error=False)

@task
def none():
    return Task(dataset=DATA, solver=says(SAID_OF_NONE), scorer=match(), fail_on_error=False)

@task
def nan():
    return Task(dataset=DATA, solver=says(), scorer=sometimes())

@task
def undecided():
    return Task(dataset=DATA, solver=says(), scorer=undecided_scorer())

@task
def repeated():
    return Task(dataset=DATA, solver=says(), scorer=match(), epochs=3)
`;

/** Writes a file of tasks. @returns its path. */
export async function writeInspectTasks(folder: string): Promise<string> {
  const path = join(folder, 'evald_tasks.py');
  await writeFile(path, TASKS);
  return path;
}
