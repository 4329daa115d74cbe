/** Wrong tokens that are answered at once. */
const FREE = 10;
/** Seconds: the longest wait. Each is twice the one before. */
const LONGEST = 300;
/** Milliseconds without a wrong token after which all is forgotten. */
const MEMORY = 15 * 60_000;
/** Parties that are remembered; the one that was quiet the longest goes first. */
const MOST = 10_000;
/** Lines that are logged a minute, about whatever client. */
const LINES = 30;

type Record = { failures: number; attempts: number; at: number; until: number };

export type FailedAttemptsOptions = {
  /** Milliseconds that no clock moves. */
  now(): number;
  warn(message: string): void;
};

/**
 * Remembers which clients send wrong tokens. After {@link FREE} of them a client has to wait, longer and longer, before the next
 * one is answered. Only wrong ones wait: a right token always passes at once, so that no client can lock out others behind
 * the same address. Memory and log are bounded, however many try.
 */
export class FailedAttempts {
  readonly #now: () => number;
  readonly #warn: (message: string) => void;
  /** By party, the one that tried last at the end. */
  readonly #records = new Map<string, Record>();
  #minute = 0;
  #lines = 0;
  #unlogged = 0;

  constructor({ now, warn }: FailedAttemptsOptions) {
    this.#now = now;
    this.#warn = warn;
  }

  /** Parties that are remembered. */
  get size(): number {
    return this.#records.size;
  }

  /** Notes a wrong token. @returns seconds to wait; 0: it may be answered. */
  note(party: string): number {
    const now = this.#now();
    const record = this.#recordOf(party, now);
    record.attempts++;
    record.at = now;
    if ((record.attempts & (record.attempts - 1)) === 0) this.#log(party, record.attempts, now);
    if (now < record.until) return Math.ceil((record.until - now) / 1_000);
    record.failures++;
    const beyond = record.failures - FREE;
    if (beyond >= 0) record.until = now + Math.min(2 ** beyond, LONGEST) * 1_000;
    return 0;
  }

  #recordOf(party: string, now: number): Record {
    const known = this.#records.get(party);
    this.#records.delete(party);
    // A clock that was put back must not make anybody wait for it.
    const isFresh = known !== undefined && now - known.at < MEMORY && now >= known.at;
    const record = isFresh ? known : { failures: 0, attempts: 0, at: now, until: now };
    this.#records.set(party, record);
    if (this.#records.size > MOST) {
      const [oldest = party] = this.#records.keys();
      this.#records.delete(oldest);
    }
    return record;
  }

  /** Tells of the first, second, fourth, eighth … attempt of a party. */
  #log(party: string, attempts: number, now: number): void {
    const minute = Math.floor(now / 60_000);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#lines = 0;
    }
    if (this.#lines >= LINES) {
      this.#unlogged++;
      return;
    }
    this.#lines++;
    const more = this.#unlogged === 0 ? '' : ` (${this.#unlogged} lines like this one were left out before it)`;
    this.#unlogged = 0;
    const times = attempts === 1 ? 'sent a token' : `has sent a token ${attempts} times`;
    this.#warn(`${party} ${times} that is not known${more}`);
  }
}
