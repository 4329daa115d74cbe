import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import ip, { type IPv4, type IPv6 } from 'ipaddr.js';

/** Public by the registry, and a service of the cloud's host to its guests (Azure's WireServer). */
const CLOUD_HOSTS: readonly string[] = ['168.63.129.16'];
/** What IANA gives out of IPv6; the library takes what is not given out yet for public too. */
const GIVEN_OUT: [IPv6, number] = [ip.IPv6.parse('2000::'), 3];
/** NAT64, how a machine without IPv4 reaches IPv4: the address is in the last 32 bits. Not 64:ff9b:1::/48, for local use. */
const NAT64: [IPv6, number] = [ip.IPv6.parse('64:ff9b::'), 96];
/** Fifth and sixth group of an address that holds an IPv4 address in its last 32 bits (ISATAP, RFC 5214). */
const ISATAP = ['0:5efe', '200:5efe'];

/** The addresses of this machine, public ones included: what listens there need not be for others. */
export function machineAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((found = []) => found.map(({ address }) => address));
}

/**
 * Whether an IP address is one of the public internet, and not this machine's. What is no address is not.
 * @param own addresses of this machine.
 */
export function isPublicAddress(address: string, own: readonly string[] = machineAddresses()): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ip.parse(address);
  if (parsed.kind() === 'ipv4') return isPublic4(parsed as IPv4, own);
  const six = parsed as IPv6;
  if (six.match(NAT64)) return isPublic4(ip.IPv4.parse(six.toByteArray().slice(12).join('.')), own);
  const groups = six.parts.map((part) => part.toString(16));
  const isGlobal = six.match(GIVEN_OUT) && six.range() === 'unicast' && six.zoneId === undefined;
  return isGlobal && !ISATAP.includes(groups.slice(4, 6).join(':')) && !isAmong(six, own);
}

const isPublic4 = (four: IPv4, own: readonly string[]): boolean =>
  four.range() === 'unicast' && !isAmong(four, [...CLOUD_HOSTS, ...own]);

/** Whether an address is one of some, however they are spelled. */
function isAmong(address: IPv4 | IPv6, others: readonly string[]): boolean {
  const text = address.toNormalizedString();
  return others.some((other) => isIP(other) !== 0 && ip.parse(other).toNormalizedString() === text);
}
