import type { Log } from '../logging/log.ts';

/** What started the server and waits to hear how it is; systemd, by a unit of `Type=notify`. */
export type ServiceManager = {
  /** It answers now. @param status in words, for `systemctl status`. */
  ready(status: string): void;
  /** It has begun to end. */
  stopping(status: string): void;
  close(): void;
};

/** Milliseconds that the program may take. */
const LIMIT = 10_000;
/** Of the time after which the manager takes the server for hung, how often it hears of it. */
const BEATS = 2;
const PROGRAM = 'systemd-notify';

/**
 * Takes what a service manager has put into the environment (`NOTIFY_SOCKET`, `WATCHDOG_USEC`), so that no other program of ours
 * speaks to it, and tells it what happens; nothing where there is none. The socket takes datagrams, which Node cannot send:
 * `systemd-notify`, which comes with systemd, sends them, so that the unit needs `NotifyAccess=all`. Where it cannot, the log says
 * so once. Nothing waits for it.
 */
export function openServiceManager(env: Record<string, string | undefined>, log: Log): ServiceManager {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: limit, WATCHDOG_PID: watched } = env;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete env[name];
  if (!socket) return { ready: () => {}, stopping: () => {}, close: () => {} };

  let last = Promise.resolve();
  let isFirst = true;
  /** One after the other: what comes last must arrive last. */
  const send = (...states: string[]): Promise<void> => {
    last = last.then(async () => {
      const { execa } = await import('execa');
      const sent = await execa(PROGRAM, states, {
        env: { NOTIFY_SOCKET: socket },
        stdin: 'ignore',
        reject: false,
        timeout: LIMIT,
        cleanup: false,
      });
      if (!sent.failed || !isFirst) return;
      isFirst = false;
      const reason = sent.stderr.trim().split('\n')[0] || sent.shortMessage;
      log.warn(
        `the service manager hears nothing of this server (${reason}): a unit of Type=notify needs ${PROGRAM} on the PATH`,
      );
    });
    return last;
  };

  let beating: NodeJS.Timeout | undefined;
  const beat = (milliseconds: number): void => {
    let isUnderWay = false;
    beating = setInterval(() => {
      if (isUnderWay) return;
      isUnderWay = true;
      void send('WATCHDOG=1').then(() => {
        isUnderWay = false;
      });
    }, milliseconds).unref();
  };
  const isWatched = Number(limit) > 0 && (!watched || Number(watched) === process.pid);

  return {
    ready: (status) => {
      void send('READY=1', `STATUS=${status}`);
      if (isWatched) beat(Number(limit) / 1_000 / BEATS);
    },
    stopping: (status) => void send('STOPPING=1', `STATUS=${status}`),
    close: () => clearInterval(beating),
  };
}
