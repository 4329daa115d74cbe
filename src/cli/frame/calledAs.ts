import { relative } from 'node:path';

/** How evald is called: by its name where it is installed, else as its sources are. */
export function calledAs(script: string, env: Readonly<Record<string, string | undefined>>): string {
  if (!script.endsWith('.ts')) return 'evald';
  return env['npm_lifecycle_event'] === 'start' ? 'npm start --' : `node ${relative(process.cwd(), script)}`;
}
