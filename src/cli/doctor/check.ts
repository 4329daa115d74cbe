/** How one thing is. */
export type Check = {
  name: string;
  /** unknown: it cannot be seen from here. */
  state: 'ok' | 'warning' | 'fault' | 'unknown';
  /** What was found. */
  says: string;
  /** What mends it; null: nothing is to be done. */
  remedy: string | null;
};

export const ok = (name: string, says: string): Check => ({ name, state: 'ok', says, remedy: null });
export const warning = (name: string, says: string, remedy: string): Check => ({
  name,
  state: 'warning',
  says,
  remedy,
});
export const fault = (name: string, says: string, remedy: string): Check => ({ name, state: 'fault', says, remedy });
export const unknown = (name: string, says: string, remedy: string): Check => ({
  name,
  state: 'unknown',
  says,
  remedy,
});

/** The worst of them. */
export const worst = (checks: readonly Check[]): 'ok' | 'warning' | 'fault' =>
  (['fault', 'warning'] as const).find((state) => checks.some((check) => check.state === state)) ?? 'ok';
