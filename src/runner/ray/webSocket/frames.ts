/** What the frames of a server say (RFC 6455). */
export type FrameListener = {
  /** A piece of a text or binary message, as it comes: pieces are not messages. */
  data(piece: Buffer): void;
  ping(payload: Buffer): void;
  /** @param code 1005 when the server gave none. */
  close(code: number): void;
};

const OPCODES = { close: 8, ping: 9, pong: 10 } as const;
const NO_CODE = 1_005;

/**
 * Reads frames from a stream of bytes, in constant memory however long a message is.
 * @returns takes the next bytes. It throws when they are not frames of a server.
 */
export function createFrameReader(hear: FrameListener): (bytes: Buffer) => void {
  let waiting = Buffer.alloc(0);
  /** Bytes of the data frame at hand that have not come yet. */
  let left = 0;

  /** Reads one frame, or the next piece of one. @returns whether there was enough to read. */
  const step = (): boolean => {
    if (left > 0) {
      const piece = waiting.subarray(0, left);
      if (piece.length === 0) return false;
      waiting = waiting.subarray(piece.length);
      left -= piece.length;
      hear.data(piece);
      return true;
    }
    const head = headOf(waiting);
    if (head === null) return false;
    if (head.opcode < OPCODES.close) {
      waiting = waiting.subarray(head.size);
      left = head.length;
      return true;
    }
    if (waiting.length < head.size + head.length) return false;
    const payload = waiting.subarray(head.size, head.size + head.length);
    waiting = waiting.subarray(head.size + head.length);
    if (head.opcode === OPCODES.ping) hear.ping(payload);
    if (head.opcode === OPCODES.close) hear.close(payload.length < 2 ? NO_CODE : payload.readUInt16BE(0));
    return true;
  };

  return (bytes) => {
    waiting = Buffer.concat([waiting, bytes]);
    while (step());
  };
}

/** A control frame of a client: masked, as a client's must be. @param mask four bytes. */
export function controlFrame(kind: 'close' | 'pong', payload: Buffer, mask: Buffer): Buffer {
  const masked = payload.map((byte, i) => byte ^ (mask[i % 4] ?? 0));
  return Buffer.concat([Buffer.from([0x80 | OPCODES[kind], 0x80 | payload.length]), mask, masked]);
}

/** Null while there is not all of it. `size`: bytes of the head itself; `length`: bytes that follow it. */
function headOf(bytes: Buffer): { opcode: number; length: number; size: number } | null {
  if (bytes.length < 2) return null;
  const [first, second] = [bytes.readUInt8(0), bytes.readUInt8(1)];
  if ((first & 0x70) !== 0 || (second & 0x80) !== 0) throw new Error('it sends what was not agreed on');
  const opcode = first & 0x0f;
  if (second < 126) return { opcode, length: second, size: 2 };
  const size = second === 126 ? 4 : 10;
  if (bytes.length < size) return null;
  const length = second === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (opcode >= OPCODES.close || !Number.isSafeInteger(length)) throw new Error('it sends a frame that is too long');
  return { opcode, length, size };
}
