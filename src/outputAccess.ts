import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Config } from './config/options.ts';
import { ConfigError } from './config/readConfig.ts';
import { type FileAccess, ownersOnly, sharedWith } from './files/fileAccess.ts';
import { codeOf } from './thrown.ts';

/** Who may read what evald and its runs write, as the operator has set it. @throws ConfigError when the group cannot be. */
export function outputAccess({ 'output-group': group }: Pick<Config, 'output-group'>): FileAccess {
  if (group === null) return ownersOnly;
  const gid = gidOf(group);
  if (gid === null) throw new ConfigError(`--output-group ${group}: there is no such group on this machine`);
  const isMember = gid === process.getegid?.() || process.getgroups?.().includes(gid);
  // Root may give files to any group.
  if (isMember || process.geteuid?.() === 0) return sharedWith(gid);
  throw new ConfigError(
    `--output-group ${group}: the user that evald runs as (uid ${process.geteuid?.()}) is not in it; add it (usermod -aG) and start evald from a new session`,
  );
}

/** The number of a group; null when there is none. One that has no name here may still be evald's own. */
function gidOf(group: string): number | null {
  const found = /^[^:]*:[^:]*:(\d{1,10}):/.exec(entryOf(group))?.[1];
  if (found !== undefined) return Number(found);
  const own = [process.getegid?.(), ...(process.getgroups?.() ?? [])].find((gid) => String(gid) === group);
  return own ?? null;
}

/** Its line of the groups of this machine, wherever they are kept; empty when there is none. */
function entryOf(group: string): string {
  try {
    const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
    return execFileSync('getent', ['group', group], { encoding: 'utf8', stdio, timeout: 10_000 });
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') return '';
  }
  const lines = readFileSync('/etc/group', 'utf8').split('\n');
  return lines.find((line) => line.startsWith(`${group}:`) || line.split(':')[2] === group) ?? '';
}
