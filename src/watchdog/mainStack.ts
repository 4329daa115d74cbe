import { type Debugger, Session } from 'node:inspector';

/** Calls that are named. */
const MOST = 6;

/**
 * Where the main thread is, from a thread of its own: the functions, the innermost first, and where they are written. It is held
 * there, and does nothing more. No port is opened for it.
 * @param limit milliseconds. @returns null when it does not say, as within a call of the system.
 */
export function stackOfMainThread(limit: number): Promise<string | null> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(null), limit);
    try {
      const scripts = new Map<string, string>();
      const session = new Session();
      session.connectToMainThread();
      session.on('Debugger.scriptParsed', ({ params }) => scripts.set(params.scriptId, params.url));
      session.on('Debugger.paused', ({ params }) => {
        const calls = params.callFrames.map((frame) => ({ frame, url: scripts.get(frame.location.scriptId) ?? '' }));
        // Node's own say little, unless there is nothing else.
        const ours = calls.filter(({ url }) => !url.startsWith('node:'));
        resolve((ours.length > 0 ? ours : calls).slice(0, MOST).map(nameOf).join(' < '));
      });
      session.post('Debugger.enable');
      session.post('Debugger.pause');
    } catch {
      resolve(null);
    }
  });
}

function nameOf({ frame, url }: { frame: Debugger.CallFrame; url: string }): string {
  const file = url.split('/').slice(-2).join('/');
  return `${frame.functionName || 'a function without a name'} (${file}:${frame.location.lineNumber + 1})`;
}
