import { expect, test } from 'vitest';
import type { RayApi } from '../../../../src/runner/backends/ray/api.ts';
import type { RayHandle } from '../../../../src/runner/backends/ray/handle.ts';
import { observeRun } from '../../../../src/runner/backends/ray/observe.ts';
import { EngineUnavailableError } from '../../../../src/runner/backends/shared/unavailable.ts';

/** Many runs, and a Ray that cannot say how some of them are. */
async function look(cannotSay: (id: string) => boolean) {
  const handles = Array.from({ length: 100 }, (_, index): RayHandle => {
    const id = `evald-${index}`;
    return { backend: 'ray', id, state: `/state/${id}`, shared: false, log: '/log', logStart: 0 };
  });
  let asked = 0;
  const job: RayApi['job'] = async (id) => {
    asked += 1;
    if (cannotSay(id)) throw new EngineUnavailableError('500');
    return { status: 'RUNNING', metadata: { evald_state: `/state/${id}` } };
  };
  const observations = await observeRun(new Map(handles.map((handle) => [handle.id, handle])), { job } as RayApi);
  return {
    asked,
    unknown: [...observations].flatMap(([id, observation]) => (observation.job === 'unknown' ? [id] : [])),
  };
}

test('one job of which Ray cannot say how it is keeps none of the others unseen', async () => {
  expect((await look((id) => id === 'evald-0')).unknown).toEqual(['evald-0']);
});

test('a Ray that is away is not asked about every run', async () => {
  const { asked, unknown } = await look(() => true);
  expect(unknown).toHaveLength(100);
  expect(asked).toBeLessThan(20);
});
