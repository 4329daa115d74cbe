import { accessSync, constants } from 'node:fs';
import { ownCommand } from '../ownFiles.ts';

const SHELL = '/bin/sh';

/**
 * The first process of a container: it starts the server, hands signals on to it, reaps what other processes leave
 * behind, and ends as the server does. Any shell reaps all children while it waits for one.
 */
export const INIT_SCRIPT = `
for signal in HUP INT QUIT TERM USR1 USR2; do trap "kill -$signal \\$server" $signal; done
"$@" <&0 &
server=$!
wait $server
code=$?
while kill -0 $server 2>/dev/null; do
  wait $server
  code=$?
done
# What a shell has waited for already it may no longer know.
wait $server 2>/dev/null
last=$?
[ $last = 127 ] || code=$last
exit $code
`;

/**
 * Where this is process 1, as in a container without an init, has a shell be that, and begins again below it. Node does
 * not reap processes that it did not start: what runs leave behind would fill the table of processes, and the kernel hands
 * to process 1 no signal before it asks for it. Does not return, unless there is no shell: then this goes on as process 1.
 */
export function startBelowInit(): void {
  try {
    accessSync(SHELL, constants.X_OK);
  } catch {
    return;
  }
  // That it is new to Node is nothing that an operator could change.
  process.removeAllListeners('warning');
  const command = [...ownCommand('evald', process.execArgv), ...process.argv.slice(2)];
  process.execve?.(SHELL, ['sh', '-c', INIT_SCRIPT, 'evald-init', ...command], process.env);
}
