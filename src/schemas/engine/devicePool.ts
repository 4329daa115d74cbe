/** Devices of this machine that are handed out together. */
export type DevicePool = {
  /** As a submission names it. */
  name: string;
  devices: readonly string[];
  /** How many jobs of one device each one may have at a time; one of several devices has each of them alone. */
  shares: number;
};

/** The pool of a server that has none with a name. */
export const ONLY_POOL = '';

/** Names of pools of devices. */
export const poolName = /^[A-Za-z0-9][\w.-]{0,63}$/;

/** Devices without a name of their own. */
export const onePool = (devices: readonly string[], shares = 1): DevicePool[] => [{ name: ONLY_POOL, devices, shares }];
