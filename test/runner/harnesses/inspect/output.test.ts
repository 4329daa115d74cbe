import { expect, test } from 'vitest';
import { inspectOutput } from '../../../../src/runner/harnesses/inspect/output.ts';
import type { ResultsFile } from '../../../../src/runner/results/files/resultsFile.ts';
import { request } from '../../../support/requests/request.ts';

test('results of inspect whose arguments have a masked credential at any depth are those of the run', () => {
  const asked = request({ model: 'hf/x', model_args: { auth: { api_key: 'sk-0123456789' }, size: 7 } });
  const noted = (size: number) =>
    ({
      config: { model: 'hf/x', limit: asked.limit, model_args: { auth: { api_key: '[REDACTED]' }, size } },
    }) as unknown as ResultsFile;
  expect(inspectOutput.differenceOf(noted(7), asked, [])).toBe(null);
  expect(inspectOutput.differenceOf(noted(8), asked, [])).toContain('model_args is');
});
