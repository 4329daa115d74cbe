/**
 * Variables that Kubernetes gives every container of a namespace that has a service named evald, or evald-something
 * (service links): EVALD_SERVICE_HOST, EVALD_SERVICE_PORT_HTTP, EVALD_PORT, EVALD_PORT_8000_TCP_ADDR and so on.
 */
export function isServiceLink(name: string): boolean {
  return /^EVALD_(\w+_)?(SERVICE_(HOST|PORT(_\w+)?)|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/.test(name);
}

/** Whether a value is what Kubernetes has EVALD_PORT say of such a service: `tcp://10.0.0.1:8000`. */
export function isServiceAddress(value: string | undefined): boolean {
  return /^(tcp|udp|sctp):\/\/\S+:\d+$/i.test(value ?? '');
}
