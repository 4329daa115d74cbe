import { EventEmitter } from 'node:events';

/** A launcher that is the child of another process than this one, which reports its end as long as there is one. */
export class ReportedLauncher extends EventEmitter {
  exitCode: number | null = null;
  signalCode: NodeJS.Signals | null = null;
  /** Nothing reports its end any more. */
  isLost = false;

  end(code: number | null, signal: NodeJS.Signals | null): void {
    this.exitCode = code;
    this.signalCode = signal;
    this.emit('exit');
  }

  lose(): void {
    this.isLost = true;
    this.emit('exit');
  }
}
