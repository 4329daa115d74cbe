import { useEffect, useState } from 'preact/hooks';
import type { Artifacts } from '../../../../client/index.ts';
import { Icon } from '../../../parts/Icon.tsx';
import { ErrorNote, Skeleton } from '../../../parts/Notes.tsx';
import { useLive } from '../../../state/live.ts';
import { useResource } from '../../../state/useResource.ts';
import { bytesText } from '../../../text.ts';
import { typeOf } from '../samples/media.ts';

/** Bytes of a text that are shown, and of a picture at most. */
const TEXT_MOST = 256 * 1024;
const PICTURE_MOST = 16 * 1024 * 1024;

/** What pictures are called; that one is a picture its bytes say. */
const PICTURE = /\.(?:png|jpe?g|gif|webp)$/i;

type Props = { id: string; file: Artifacts['files'][number]; onClose(): void };

/** What is in a file of a run: a picture, or the beginning of a text. */
export function Preview({ id, file: { path, size }, onClose }: Props) {
  const { client } = useLive();
  const isPicture = PICTURE.test(path);
  const isFetched = size > 0 && (!isPicture || size <= PICTURE_MOST);
  const { value, error, reload } = useResource(isFetched ? `${id} ${path}` : null, async (signal) => {
    const range = !isPicture && size > TEXT_MOST ? { start: 0, end: TEXT_MOST - 1 } : undefined;
    return (await client.artifact(id, path, { range, signal })).arrayBuffer();
  });
  return (
    <section class="panel preview" aria-label="Preview">
      <div class="section-head preview-head">
        <h2>
          <bdi>{path}</bdi>
        </h2>
        <button type="button" class="quiet" aria-label="Close the preview" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      {!isFetched && (
        <p class="quiet-text">{size === 0 ? 'The file is empty.' : 'The picture is too large to be shown.'}</p>
      )}
      {isFetched && value === null && (error ? <ErrorNote error={error} retry={reload} /> : <Skeleton lines={4} />)}
      {value !== null && isPicture && <Picture bytes={value} name={path} />}
      {value !== null && !isPicture && <Text bytes={value} path={path} size={size} />}
    </section>
  );
}

function Picture({ bytes, name }: { bytes: ArrayBuffer; name: string }) {
  const [address, setAddress] = useState<string | null>(null);
  const type = typeOf(new Uint8Array(bytes));
  const isKnown = type?.startsWith('image/') === true;
  useEffect(() => {
    if (!isKnown) return;
    const made = URL.createObjectURL(new Blob([bytes], { type }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes]);
  if (!isKnown) return <p class="quiet-text">It is called a picture, and is none that is shown here.</p>;
  return address === null ? null : <img src={address} alt={name} />;
}

function Text({ bytes, path, size }: { bytes: ArrayBuffer; path: string; size: number }) {
  const isCut = size > bytes.byteLength;
  const text = new TextDecoder().decode(bytes, { stream: isCut });
  if (text.includes('\0')) return <p class="quiet-text">It is no text, and no picture that is shown here.</p>;
  return (
    <>
      <pre class="lines">{!isCut && path.endsWith('.json') ? pretty(text) : text}</pre>
      {isCut && (
        <p class="quiet-text">
          The first {bytesText(bytes.byteLength)} of {bytesText(size)}.
        </p>
      )}
    </>
  );
}

/** JSON with a line for each value; what is none as it is. Numbers that a double does not hold keep their digits. */
function pretty(text: string): string {
  try {
    return JSON.stringify(
      JSON.parse(text, (_key, value, { source }) =>
        typeof value === 'number' && source !== undefined ? JSON.rawJSON(source) : value,
      ),
      null,
      2,
    );
  } catch {
    return text;
  }
}
