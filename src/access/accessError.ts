/** What says who may call cannot be used. The message is one line, and holds no token. */
export class AccessError extends Error {
  override name = 'AccessError';
}
