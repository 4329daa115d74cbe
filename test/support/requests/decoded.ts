const [esc, bell] = [String.fromCharCode(27), String.fromCharCode(7)];
/** Colours and movements, titles, fonts. */
const SEQUENCES = new RegExp(`${esc}(?:\\[[ -?]*[@-~]|\\][^${bell}]*${bell}|\\(B)`, 'g');
const UNSEEN = /[\s\p{Cc}]/gu;

/** What a reader could make of a text: colours and blanks left out, escapes taken for what they mean, base64 decoded. */
export function decodings(text: string): string[] {
  const plain = text.replaceAll(SEQUENCES, '');
  const seen = [plain, typed(plain)].map((one) => one.replaceAll(UNSEEN, ''));
  const once = seen.flatMap((one) => [one, unescaped(one)]);
  const all = [...once, ...once.map(unescaped)];
  const tokens = text.match(/[\w+/-]{12,}/g) ?? [];
  return [
    ...all,
    ...tokens.flatMap((token) => [0, 1, 2, 3].map((at) => Buffer.from(token.slice(at), 'base64').toString('latin1'))),
  ];
}

/** A backspace takes back what stands before it. */
const typed = (text: string): string => text.replaceAll(/.[\b]/g, '');

function unescaped(text: string): string {
  return text
    .replaceAll(
      /%([\da-f]{2})|\\x([\da-f]{2})|\\u([\da-f]{4})|&#x([\da-f]{1,6});/gi,
      (_, ...codes: (string | undefined)[]) =>
        String.fromCharCode(Number.parseInt(codes.slice(0, 4).find((code) => typeof code === 'string') ?? '0', 16)),
    )
    .replaceAll(/&#(\d{1,6});/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll('&quot;', '"')
    .replaceAll(/\\(["\\/])/g, '$1');
}
