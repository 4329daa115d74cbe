const LINK =
  /_(?:SERVICE_HOST|SERVICE_PORT|SERVICE_PORT_\w{1,100}|PORT|PORT_\d{1,5}_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;

/**
 * Variables that Kubernetes gives every container of a namespace that has a service named evald, or evald-something
 * (service links): EVALD_SERVICE_HOST, EVALD_SERVICE_PORT_HTTP, EVALD_PORT, EVALD_PORT_8000_TCP_ADDR and so on.
 */
export function isServiceLink(name: string): boolean {
  return name.startsWith('EVALD_') && LINK.test(name);
}

/** Whether a value is what Kubernetes has EVALD_PORT say of such a service: `tcp://10.0.0.1:8000`. */
export function isServiceAddress(value: string | undefined): boolean {
  return /^(tcp|udp|sctp):\/\/\S+:\d+$/i.test(value ?? '');
}
