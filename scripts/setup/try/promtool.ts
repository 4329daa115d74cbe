import { execFileSync } from 'node:child_process';
import { attempt } from './attempt.ts';

// It takes metrics that follow its conventions.
await attempt(async () => {
  const input = '# HELP tried_total Tries.\n# TYPE tried_total counter\ntried_total 1\n';
  execFileSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
});
