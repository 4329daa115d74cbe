import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from '../security/publicAddresses.ts';

/** Where jobs may be posted to beside public addresses. */
export type TargetRules = {
  /** `--webhook-allow-private`: to every address. */
  allowPrivate: boolean;
  /** `--webhook-allow-host`: to these hosts, whatever their address is; lower case, IPv6 without brackets. */
  allowHosts: readonly string[];
};

/** A URL leads to where evald does not post. The message names the address and the option that allows it. */
export class TargetError extends Error {
  override name = 'TargetError';
}

/** Ports of services that a post could be taken for a command by: those that the Fetch standard blocks. */
const FORBIDDEN_PORTS: ReadonlySet<number> = new Set([
  ...[0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109],
  ...[110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530],
  ...[531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190],
  ...[5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080],
]);

/**
 * Why a URL may not be posted to, as far as it shows by itself: names are looked up when it is (`lookupFor`). Null when
 * nothing speaks against it. @throws TypeError when it is no URL.
 */
export function targetRefusal(url: string, rules: TargetRules): string | null {
  const { port } = new URL(url);
  if (port !== '' && FORBIDDEN_PORTS.has(Number(port)))
    return `port ${port} is one of another service, which nothing allows`;
  const host = hostOf(url);
  if (isIP(host) === 0 || isFree(host, rules) || isPublicAddress(host)) return null;
  return privateAddress(host, host);
}

/** @throws TargetError as `targetRefusal` says. */
export function refuseTarget(url: string, rules: TargetRules): void {
  const refusal = targetRefusal(url, rules);
  if (refusal !== null) throw new TargetError(refusal);
}

/**
 * A lookup that finds only addresses that may be posted to; undefined: the system's own. The connection is made to what
 * it answers, so that no second answer of the name's server can lead elsewhere. Node does not look addresses up: they
 * need `refuseTarget`.
 */
export function lookupFor(
  url: string,
  rules: TargetRules,
  lookup: typeof systemLookup = systemLookup,
): LookupFunction | undefined {
  if (isFree(hostOf(url), rules)) return undefined;
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const allowed = addresses.filter(({ address }) => isPublicAddress(address));
      const [first] = allowed;
      if (first === undefined) {
        return callback(new TargetError(privateAddress(host, addresses[0]?.address ?? 'nothing')), []);
      }
      if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

const isFree = (host: string, { allowPrivate, allowHosts }: TargetRules): boolean =>
  allowPrivate || allowHosts.includes(host);

function privateAddress(host: string, address: string): string {
  const what = host === address ? address : `${host} is ${address}, which`;
  return `${what} is a private or special address; --webhook-allow-private allows them, --webhook-allow-host ${host} this one`;
}

/** URL writes IPv4 addresses in one way, whatever was given (decimal, hex, octal), and IPv6 ones in brackets. */
function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '');
}
