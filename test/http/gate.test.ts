import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobInfo } from '../../src/schemas/job/job.ts';
import { type GateAnswer, gateAnswerSchema } from '../../src/schemas/scores/gate.ts';
import { startWrittenServer, type Written } from '../support/harnesses/writtenLmmsEval.ts';
import { send } from '../support/requests/send.ts';
import { meanOf, rows, runThat, valuesOf } from '../support/scores/writtenScores.ts';

let server: Awaited<ReturnType<typeof startWrittenServer>>;
let baseline: JobInfo;
let candidate: JobInfo;

const tasks: { [task: string]: [before: number[], after: number[]] } = {
  // Of 400 questions it loses two and gains two.
  kept: [valuesOf([200, 1], [200, 0]), valuesOf([198, 1], [2, 0], [2, 1], [198, 0])],
  // It loses 80 and gains none.
  lost: [valuesOf([200, 1], [200, 0]), valuesOf([120, 1], [280, 0])],
  // Of ten it loses one, and gains one.
  few: [valuesOf([5, 1], [5, 0]), valuesOf([4, 1], [1, 0], [1, 1], [4, 0])],
};

function written(side: 0 | 1, more: Partial<Written> = {}): Written {
  const named = Object.entries(tasks).map(([task, sides]) => [task, sides[side]] as const);
  const scores = named.map(([task, values]) => [task, { 'acc,none': meanOf(values) }] as const);
  return {
    results: { ...Object.fromEntries(scores), several: { 'acc,strict': 0.5, 'acc,lenient': 0.5, 'f1,none': 0.5 } },
    samples: Object.fromEntries(named.map(([task, values]) => [task, rows(values)])),
    more: {
      higher_is_better: Object.fromEntries([...Object.keys(tasks), 'several'].map((task) => [task, { acc: true }])),
      ...more.more,
    },
  };
}

beforeAll(async () => {
  server = await startWrittenServer();
  baseline = await runThat(server, written(0));
  candidate = await runThat(server, written(1));
});
afterAll(() => server.stop());

const post = (policy: object, more: object = {}) => {
  const body = { baseline: baseline.job_id, candidate: candidate.job_id, policy, ...more };
  const headers = { 'content-type': 'application/json' };
  return send(`${server.url}/gate`, { method: 'POST', headers, body: JSON.stringify(body) });
};
async function gate(policy: object): Promise<GateAnswer> {
  const { status, json } = await post({ tasks: policy });
  expect(status, JSON.stringify(json)).toBe(200);
  return gateAnswerSchema.parse(json);
}

test('a task passes while it surely lost less than it may, fails when it surely lost more, and is inconclusive in between', async () => {
  const found = await gate({ kept: { max_drop: 0.05 }, lost: { max_drop: 0.05 }, few: { max_drop: 0.05 } });
  expect(found).toMatchObject({ verdict: 'fail', baseline: baseline.job_id, candidate: candidate.job_id });
  expect(found.tasks.map(({ task, verdict, tier, max_drop }) => [task, verdict, tier, max_drop])).toEqual([
    ['kept', 'pass', 'critical', 0.05],
    ['lost', 'fail', 'critical', 0.05],
    ['few', 'inconclusive', 'critical', 0.05],
  ]);
  const [kept, lost, few] = found.tasks.map(({ comparison }) => comparison?.interval ?? [0, 0]);
  expect(kept?.[0]).toBeGreaterThan(-0.05);
  expect(lost?.[1]).toBeLessThan(-0.05);
  expect([few?.[0], few?.[1]].map((bound) => (bound ?? 0) > -0.05)).toEqual([false, true]);
});

test('the tier says what a task may do to the verdict of all', async () => {
  const verdict = async (policy: object) => (await gate(policy)).verdict;
  const kept = { kept: { max_drop: 0.05 } };
  expect(await verdict(kept)).toBe('pass');
  expect(await verdict({ ...kept, few: { max_drop: 0.05 } })).toBe('inconclusive');
  expect(await verdict({ ...kept, few: { max_drop: 0.05, tier: 'supporting' } })).toBe('pass');
  expect(await verdict({ ...kept, lost: { max_drop: 0.05, tier: 'supporting' } })).toBe('fail');
  expect(await verdict({ ...kept, lost: { max_drop: 0.05, tier: 'advisory' } })).toBe('pass');
});

test('a task that a run does not have is missing, and fails', async () => {
  const { verdict, tasks: found } = await gate({ absent: { max_drop: 1 }, kept: { max_drop: 0.05 } });
  expect(verdict).toBe('fail');
  expect(found[0]).toMatchObject({ task: 'absent', verdict: 'fail', metric: null, filter: null, comparison: null });
  expect(found[0]?.reason).toContain('absent is missing');
});

test('a policy that leaves open which metric or filter is meant is refused with the choices', async () => {
  const refused = (field: string, msg: string) => ({
    status: 422,
    json: { detail: [{ loc: ['body', 'policy', 'tasks', 'several', field], msg }] },
  });
  expect(await post({ tasks: { several: { max_drop: 0 } } })).toMatchObject(
    refused('metric', '`policy.tasks.several.metric` should be given, for there are several: acc, f1'),
  );
  expect(await post({ tasks: { several: { max_drop: 0, metric: 'bleu' } } })).toMatchObject(
    refused('metric', '`policy.tasks.several.metric` should be one of acc, f1'),
  );
  expect(await post({ tasks: { several: { max_drop: 0, metric: 'acc' } } })).toMatchObject(
    refused('filter', '`policy.tasks.several.filter` should be given, for there are several: strict, lenient'),
  );
  const [chosen] = (await gate({ several: { max_drop: 0, metric: 'acc', filter: 'strict' } })).tasks;
  expect(chosen).toMatchObject({ metric: 'acc', filter: 'strict', verdict: 'inconclusive' });
  expect(chosen?.reason).toContain('the baseline has no samples: none were kept');
});

test('a policy that names a group is refused with its members', async () => {
  const more = { more: { groups: { kept: {} }, group_subtasks: { kept: ['lost', 'few'] }, 'n-samples': {} } };
  const [a, b] = [await runThat(server, written(0, more)), await runThat(server, written(1, more))];
  const policy = { tasks: { kept: { max_drop: 0 } } };
  expect(await post(policy, { baseline: a.job_id, candidate: b.job_id })).toMatchObject({
    status: 422,
    json: {
      detail: [
        {
          loc: ['body', 'policy', 'tasks', 'kept'],
          msg: '`policy.tasks.kept` is a group, which is not compared: name its tasks: lost, few',
        },
      ],
    },
  });
});

test('a policy without tasks, without a limit, or with a name that is not known is refused with the field', async () => {
  const locations = async (policy: object) => {
    const { status, json } = await post(policy);
    expect(status).toBe(422);
    return (json as { detail: { loc: string[] }[] }).detail.map(({ loc }) => loc.join('.'));
  };
  expect(await locations({ tasks: {} })).toEqual(['body.policy.tasks']);
  expect(await locations({ tasks: { kept: {} } })).toEqual(['body.policy.tasks.kept.max_drop']);
  expect(await locations({ tasks: { kept: { max_drop: -1 } } })).toEqual(['body.policy.tasks.kept.max_drop']);
  expect(await locations({ tasks: { kept: { max_drop: 0, tier: 'high' } } })).toEqual(['body.policy.tasks.kept.tier']);
  expect(await locations({ tasks: { kept: { max_drop: 0 } }, taks: {} })).toEqual(['body.policy']);
});

test('a gate of a job that did not complete is refused', async () => {
  const failed = await runThat(server, { ...written(1), exit: 1 });
  expect(await post({ tasks: { kept: { max_drop: 0 } } }, { candidate: failed.job_id })).toMatchObject({
    status: 409,
    json: { detail: expect.stringContaining(`Job ${failed.job_id} did not complete`) },
  });
});
