import { EvaldError, UnfitError } from '../../schemas/errors/errors.ts';
import type { MergeRequest } from '../../schemas/harness/merge.ts';
import { misplacedReference, secretReferences } from '../../schemas/secrets/namedSecrets.ts';
import type { EvaluateRequest } from '../../schemas/submission/evaluateRequest.ts';
import { coversWildcard } from '../../schemas/values/wildcard.ts';
import { folderFault, type OutputFolders } from '../folders/outputFolders.ts';
import { resolveFolder } from '../folders/resolveFolder.ts';

/** What an operator allows clients to ask for. Empty lists of patterns allow everything. */
export type Allowed = {
  folders: OutputFolders;
  models: readonly string[];
  tasks: readonly string[];
  /** Names of the secrets that there are; null, and without it: there are none. */
  secretNames?: () => readonly string[] | null;
};

/** Says what may be asked for. All throw EvaldError `notAllowed`, which names the field and what is allowed. */
export type Admission = {
  /** @param secrets those that the caller may name; null: any. @throws UnfitError for one that there is not, or that stands where none may. */
  evaluation(request: EvaluateRequest, secrets?: readonly string[] | null): void;
  /** @returns the request with the folder it writes to spelled without links, so that the merger writes where was looked. */
  merge(request: MergeRequest): MergeRequest;
  /** @returns the folder that results are read from, without links. */
  imports(dir: string): string;
};

const MOST_NAMED = 5;
const MOST_SHOWN = 200;

/** Holds requests against what an operator allows. Folders are looked up as they are now, synchronously. */
export function createAdmission({ folders, models, tasks, secretNames = () => null }: Allowed): Admission {
  const admitFolder = (field: string, path: string): string => {
    const folder = resolveFolder(path);
    const fault = folderFault(folder, folders);
    if (fault !== null) throw refusal(`\`${field}\` ${shown(path)} is not allowed: ${fault}`);
    return folder;
  };
  return {
    evaluation: (request, secrets = null) => {
      admitNames('model', [request.model], models);
      admitNames('tasks', request.tasks, tasks);
      if (request.output_dir !== null) admitFolder('output_dir', request.output_dir);
      admitSecrets(request, secrets, secretNames());
    },
    imports: (dir) => admitFolder('dir', dir),
    merge: (request) => {
      if (request.output_path !== null) {
        return { ...request, output_path: admitFolder('output_path', request.output_path) };
      }
      // Without a folder of its own the merger writes into the checkpoint's.
      const folder = admitFolder('checkpoint_path', request.checkpoint_path);
      return folders.roots === null ? request : { ...request, checkpoint_path: folder };
    },
  };
}

/** A name of a task may be a pattern: then all that it stands for must be allowed. */
function admitNames(field: string, names: readonly string[], patterns: readonly string[]): void {
  if (patterns.length === 0) return;
  const refused = names.filter((name) => !patterns.some((pattern) => allows(pattern, name)));
  if (refused.length === 0) return;
  const more = refused.length > MOST_NAMED ? ` and ${refused.length - MOST_NAMED} more` : '';
  const named = refused.slice(0, MOST_NAMED).map(shown).join(', ') + more;
  throw refusal(`\`${field}\` ${named} not allowed; allowed: ${patterns.join(', ')}`);
}

/** @param mine those that the caller may name; null: any. @param known those that there are; null: the operator gives none. */
function admitSecrets(request: EvaluateRequest, mine: readonly string[] | null, known: readonly string[] | null): void {
  const misplaced = misplacedReference(request);
  if (misplaced !== null) {
    const message = `\`gen_kwargs\` cannot name a secret, as secret:${misplaced}: only \`model_args\` can`;
    throw new UnfitError({ path: ['gen_kwargs'], input: request.gen_kwargs, message });
  }
  for (const { path, name, isCredential } of secretReferences(request)) {
    const [field, ...inner] = path.map((part) => (typeof part === 'number' ? part : String(part)));
    const where = `\`${field}\` value of ${shown(inner.join('.'))}`;
    const unfit = (what: string) =>
      new UnfitError({ path: [field ?? '', ...inner], input: `secret:${name}`, message: `${where} ${what}` });
    if (!isCredential) {
      throw unfit(
        'should not name a secret: only what is kept back may, arguments with a name as api_key or token; others stand on the command line',
      );
    }
    if (mine !== null && !mine.includes(name)) {
      const allowed = mine.length === 0 ? 'the token may name none' : `allowed: ${mine.join(', ')}`;
      throw refusal(`${where} secret ${name} is not allowed; ${allowed} (secrets= in the file of tokens)`);
    }
    if (known === null)
      throw unfit(`names the secret ${name}, and this server has none: its operator gives them (--secrets)`);
    if (!known.includes(name)) {
      const there = known.filter((one) => mine?.includes(one) ?? true);
      throw unfit(`should name one of the secrets of this server: ${there.join(', ') || 'there are none'}`);
    }
  }
}

/** lmms-eval takes a name with a slash for a file of tasks, or a folder of such files: a pattern must say that it means one. */
const allows = (pattern: string, name: string): boolean =>
  coversWildcard(pattern, name) && (pattern.includes('/') || !name.includes('/'));

const refusal = (message: string) => new EvaldError('notAllowed', message);

const shown = (text: string): string =>
  JSON.stringify(text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text);
