/** What stands behind the name of the service. */
const LINK = /^(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;

/**
 * Variables that Kubernetes gives every container of a namespace that has a service named evald, or evald-something
 * (service links): EVALD_SERVICE_HOST, EVALD_SERVICE_PORT_HTTP, EVALD_PORT, EVALD_PORT_8000_TCP_ADDR and so on.
 */
export function isServiceLink(name: string): boolean {
  const [first, ...words] = name.split('_');
  return first === 'EVALD' && words.some((_, index) => LINK.test(words.slice(index).join('_')));
}

/** Whether a value is what Kubernetes has EVALD_PORT say of such a service: `tcp://10.0.0.1:8000`. */
export function isServiceAddress(value: string | undefined): boolean {
  return /^(tcp|udp|sctp):\/\/\S+:\d+$/i.test(value ?? '');
}
