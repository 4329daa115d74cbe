import { expect, test } from 'vitest';
import { parseNodes, takesWork } from '../../../../src/runner/backends/slurm/describe.ts';
import { parseQueue, parseRecord } from '../../../../src/runner/backends/slurm/queue.ts';

/** As written by Slurm 22.05. */
const QUEUE = `12|COMPLETING|None|n1|evald:qwen:mmmu:0f9c0000|0f9c0000-1/1-00c0ffee
4|COMPLETED|None|n1|mine|b|(null)
5|FAILED|JobLaunchFailure|n1|nodir|(null)
8|FAILED|BadConstraints||sbatch|(null)
10|PENDING|Priority||evald-77ab-1-deadbeef|77ab
11_[1-3]|PENDING|(null)|(null)|array|(null)
`;

const RECORD =
  'JobId=12 JobName=sbatch UserId=root(0) GroupId=root(0) MCS_label=N/A Priority=4294901749 Nice=0 Account=(null) QOS=(null) ' +
  'JobState=CANCELLED Reason=None Dependency=(null) Requeue=1 Restarts=0 BatchFlag=1 Reboot=0 ExitCode=0:9 RunTime=00:00:04 ' +
  'TimeLimit=1-02:03:04 TimeMin=N/A SubmitTime=2026-11-24T07:41:14 NodeList=n1 NumNodes=1 WorkDir=/tmp';

test('the queue is read line by line; a name may have the separator in it', () => {
  expect(parseQueue(QUEUE)).toEqual([
    {
      id: '12',
      state: 'COMPLETING',
      reason: '',
      node: 'n1',
      name: 'evald:qwen:mmmu:0f9c0000',
      comment: '0f9c0000-1/1-00c0ffee',
    },
    { id: '4', state: 'COMPLETED', reason: '', node: 'n1', name: 'mine|b', comment: '' },
    { id: '5', state: 'FAILED', reason: 'JobLaunchFailure', node: 'n1', name: 'nodir', comment: '' },
    { id: '8', state: 'FAILED', reason: 'BadConstraints', node: '', name: 'sbatch', comment: '' },
    { id: '10', state: 'PENDING', reason: 'Priority', node: '', name: 'evald-77ab-1-deadbeef', comment: '77ab' },
    { id: '11_[1-3]', state: 'PENDING', reason: '', node: '', name: 'array', comment: '' },
  ]);
});

test('a line of the queue that is none of ours is skipped: nothing, half a line, a warning of the site', () => {
  expect(parseQueue('')).toEqual([]);
  expect(parseQueue('12|RUNN')).toEqual([]);
  expect(parseQueue('Maintenance on Monday\n\n7|RUNNING|None|n1|x|y\n')).toHaveLength(1);
});

test('a record of Slurm has code, signal, limit and how often it was requeued', () => {
  expect(parseRecord(RECORD)).toEqual({ code: 0, signal: 9, limit: 93_784, restarts: 0 });
  expect(parseRecord(' Restarts=2 ExitCode=3:0 TimeLimit=UNLIMITED ')).toEqual({
    ...{ code: 3, signal: 0, limit: null, restarts: 2 },
  });
  expect(parseRecord('slurm_load_jobs error: Invalid job id specified')).toBeNull();
});

test.each([
  ['idle', true],
  ['mixed', true],
  ['allocated', true],
  ['idle~', true],
  ['powering_up#', true],
  ['maint', true],
  ['idle*', false],
  ['down', false],
  ['down*', false],
  ['drained', false],
  ['draining', false],
  ['fail', false],
  ['inval', false],
])('a node that is %s takes work: %j', (state, isSo) => {
  expect(takesWork({ name: 'n1', state })).toBe(isSo);
});

test('a node of two partitions is one node', () => {
  expect(parseNodes('n1|idle\nn2|mixed\nn1|idle\nn3|down*\n')).toEqual([
    { name: 'n1', state: 'idle' },
    { name: 'n2', state: 'mixed' },
    { name: 'n3', state: 'down*' },
  ]);
});
