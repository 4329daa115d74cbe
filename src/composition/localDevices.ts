import { execa } from 'execa';
import { AUTO } from '../config/devices.ts';
import type { Config } from '../config/options.ts';
import { ConfigError } from '../config/readConfig.ts';
import { errorCode, firstLine } from '../errors.ts';

/** A GPU of this machine, or a slice of one (MIG). */
export type Device = {
  /** As nvidia-smi counts GPUs; null of a slice. */
  index: string | null;
  uuid: string;
};

/** What nvidia-smi says. `absent`: there is no such program; `silent`: it is there, and does not say. */
export type DeviceList =
  | { kind: 'listed'; devices: Device[] }
  | { kind: 'absent' }
  | { kind: 'silent'; reason: string };

/** Milliseconds that nvidia-smi may take: a driver that hangs is one of the faults. */
const PATIENCE = 10_000;

/** Asks nvidia-smi, by the PATH of this process, for the devices of this machine. Never throws. */
export async function listDevices(): Promise<DeviceList> {
  try {
    const { stdout } = await execa('nvidia-smi', ['-L'], { timeout: PATIENCE, forceKillAfterDelay: 1_000 });
    const devices = devicesIn(stdout);
    return devices.length === 0
      ? { kind: 'silent', reason: `it lists no device (${stdout.split('\n', 1)[0] || 'no output'})` }
      : { kind: 'listed', devices };
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? { kind: 'absent' } : { kind: 'silent', reason: firstLine(error) };
  }
}

/** The devices in the output of `nvidia-smi -L`: its GPUs, each followed by its slices. Pure. */
export function devicesIn(text: string): Device[] {
  return text.split('\n').flatMap((line) => {
    const [, uuid] = /\(UUID: ([\w/-]{1,100})\)\s*$/.exec(line) ?? [];
    if (uuid === undefined) return [];
    const [, index = null] = /^GPU (\d{1,4}):/.exec(line) ?? [];
    return [{ index, uuid }];
  });
}

/**
 * The names of all devices that runs can have: indices, as of nvidia-smi. Where a GPU is divided into slices these are named
 * in its place, and all by their UUIDs, for CUDA takes no mixture. Pure.
 */
export function allNames(devices: readonly Device[]): string[] {
  if (devices.every(({ index }) => index !== null)) return devices.map(({ index, uuid }) => index ?? uuid);
  const isDivided = (at: number) => devices[at]?.index !== null && devices[at + 1]?.index === null;
  return devices.filter((_, at) => !isDivided(at)).map(({ uuid }) => uuid);
}

type DeviceSettings = Pick<Config, 'gpus' | 'pool'>;

/** The devices of `--gpus` or `--pool` as `knownDevices` has them. @throws ConfigError as that. */
export async function withKnownDevices<Settings extends DeviceSettings>(
  settings: Settings,
  warn: (text: string) => void,
): Promise<Settings> {
  const { gpus, pool } = settings;
  if (gpus.length > 0) return { ...settings, gpus: await knownDevices(gpus, warn) };
  const pooled = pool.flatMap(({ devices }) => devices);
  if (pooled.length > 0) await knownDevices(pooled, warn, '--pool');
  return settings;
}

/**
 * The devices of an option by their names: those of `auto` as nvidia-smi lists them, others as they are named, once it has been seen
 * that there are such. Where nvidia-smi is not there a list is taken as it is. @param warn called with what could not be checked.
 * @throws ConfigError of a device that is not there or is named twice, and of `auto` where nothing lists devices.
 */
export async function knownDevices(
  named: readonly string[],
  warn: (text: string) => void,
  option = '--gpus',
): Promise<string[]> {
  if (named.length === 0) return [];
  const list = await listDevices();
  const isAuto = named[0] === AUTO;
  if (list.kind === 'listed') return isAuto ? allNames(list.devices) : expectKnown(named, list.devices, option);
  if (isAuto) throw new ConfigError(`${option} auto: ${whyNone(list)}; ${list.kind === 'absent' ? ABSENT : SILENT}`);
  if (list.kind === 'silent') {
    warn(`${option} ${named.join(',')} could not be checked, and is taken as it is: ${whyNone(list)}`);
  }
  return [...named];
}

const ABSENT = 'install it with the driver, put it on the PATH of evald, or name the devices, as --gpus 0-3';
const SILENT = 'see what nvidia-smi -L says as the user of evald, or name the devices, as --gpus 0-3';

/** Why the devices are not known, as a text. */
export const whyNone = (list: Exclude<DeviceList, { kind: 'listed' }>): string =>
  list.kind === 'absent' ? 'nvidia-smi is not there to list devices' : `nvidia-smi -L does not say: ${list.reason}`;

/** @throws ConfigError */
function expectKnown(named: readonly string[], devices: readonly Device[], option: string): string[] {
  const taken = new Map<Device, string>();
  for (const name of named) {
    const [device, ...others] = devices.filter((each) => isNamed(each, name));
    if (device === undefined) {
      throw new ConfigError(`${option}: there is no device ${name}; nvidia-smi -L has ${shown(devices)}`);
    }
    if (others.length > 0)
      throw new ConfigError(`${option}: ${name} may be ${shown([device, ...others])}; name it whole`);
    const before = taken.get(device);
    if (before !== undefined) {
      throw new ConfigError(
        `${option}: ${before} and ${name} are one device, and no two runs may share it; name it once`,
      );
    }
    taken.set(device, name);
  }
  return [...named];
}

/** By its index, or by its UUID or the beginning of it, as CUDA takes them. */
const isNamed = ({ index, uuid }: Device, name: string): boolean =>
  /^\d+$/.test(name) ? index === String(Number(name)) : uuid.startsWith(name);

/** The devices of a machine as a text. */
export const shown = (devices: readonly Device[]): string =>
  devices.map(({ index, uuid }) => (index === null ? uuid : `${index} (${uuid})`)).join(', ');
