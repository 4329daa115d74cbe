import { BlockList, isIPv4 } from 'node:net';

/** IPv4 networks that are not the public internet (IANA's special-purpose registry, multicast, reserved). */
const special4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;

/** What is not public within 2000::/3: protocol assignments with Teredo, documentation, 6to4. */
const special6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

/** NAT64: an IPv4 address in its last 32 bits. How a machine without IPv4 reaches IPv4. */
const NAT64 = '64:ff9b::';

const special = new BlockList();
for (const [network, prefix] of special4) {
  special.addSubnet(network, prefix, 'ipv4');
  special.addSubnet(NAT64 + network, 96 + prefix, 'ipv6');
}
for (const [network, prefix] of special6) special.addSubnet(network, prefix, 'ipv6');

/** What may be public of IPv6. All else is not: loopback, link-local, unique local, multicast, mapped IPv4. */
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');
global6.addSubnet(NAT64, 96, 'ipv6');

/** Whether an IP address is one of the public internet. What is no address is not. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !special.check(address, 'ipv4');
  return global6.check(address, 'ipv6') && !special.check(address, 'ipv6');
}
