import { type ImportRequest, importAnswerSchema } from '../schemas/scores/imports.ts';
import type { CallOptions, Requests } from './requests.ts';

/** Earlier runs: the folder on the server in and below which they lie, and labels for all of them. */
export type ImportInput = Pick<ImportRequest, 'dir'> & { labels?: ImportRequest['labels'] | undefined };

/** Results of earlier runs. */
export function createImportCalls({ ask }: Requests) {
  return {
    /**
     * Takes the results of lmms-eval and lm-eval in and below a folder into the record, as completed jobs that are marked as imported; resolves
     * when all are read. Asked again it skips what was imported before.
     */
    importRuns: (request: ImportInput, options: CallOptions = {}) =>
      ask(importAnswerSchema, { timeout: null, ...options, method: 'POST', path: ['imports'], body: request }),
  };
}
