import { useEffect, useState } from 'preact/hooks';
import { type Client, ClientError, type JobInfo } from '../../../../client/index.ts';
import { Icon } from '../../../parts/Icon.tsx';
import { useLive } from '../../../state/live.ts';
import { bytesText } from '../../../text.ts';
import { decode, type Found, fileOf, type MediaType, typeOf } from './media.ts';

/** Bytes of the largest file that is shown. */
const LARGEST = 32_000_000;

/** Images and sounds of a sample. */
export function MediaList({ job, found }: { job: JobInfo; found: readonly Found[] }) {
  if (found.length === 0) return null;
  return (
    <section class="media" aria-label="Images and sounds of the sample">
      {found.map((one) => (
        <Media key={one.where} job={job} found={one} />
      ))}
    </section>
  );
}

type Loaded = { address: string; type: MediaType; size: number } | { reason: string };

/** One of them, from memory: what it is its bytes say, and only images and sounds of known kinds are shown. */
function Media({ job, found }: { job: JobInfo; found: Found }) {
  const { client } = useLive();
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const source = 'file' in found ? found.file : found.base64;
  useEffect(() => {
    const over = new AbortController();
    let address: string | undefined;
    const show = async () => {
      const bytes = await bytesOf(client, job.job_id, found, over.signal);
      if (over.signal.aborted) return;
      if (typeof bytes === 'string') return setLoaded({ reason: bytes });
      const type = typeOf(bytes);
      if (type === null) return setLoaded({ reason: 'it is no PNG, JPEG, WebP, GIF, WAV, MP3 or Ogg' });
      address = URL.createObjectURL(new Blob([bytes], { type }));
      setLoaded({ address, type, size: bytes.length });
    };
    setLoaded(null);
    void show();
    return () => {
      over.abort();
      if (address !== undefined) URL.revokeObjectURL(address);
    };
  }, [client, job.job_id, source]);

  const name = 'file' in found ? found.file : found.where;
  if (loaded === null) return <div class="media-one media-waits" role="status" aria-label="Loading" />;
  if ('reason' in loaded) {
    return (
      <p class="media-none quiet-text">
        <Icon name="warning" />
        <span>
          <code>{name}</code> is not shown: {loaded.reason}
        </span>
      </p>
    );
  }
  const { address, type, size } = loaded;
  return (
    <figure class="media-one">
      {type.startsWith('image/') ? (
        <img
          src={address}
          alt={`The sample's field ${found.where}`}
          onError={() => setLoaded({ reason: 'it cannot be decoded' })}
        />
      ) : (
        // biome-ignore lint/a11y/useMediaCaption: a sample has no captions.
        <audio src={address} controls aria-label={`The sample's field ${found.where}`} />
      )}
      <figcaption class="quiet-text">
        <bdi class="cut">{name}</bdi> {type.split('/')[1]}, {bytesText(size)}
      </figcaption>
    </figure>
  );
}

/** @returns the bytes, or why there are none. */
async function bytesOf(
  client: Client,
  jobId: string,
  found: Found,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer> | string> {
  if ('base64' in found) return decode(found.base64) ?? 'it is no base64';
  try {
    const { files } = await client.artifacts(jobId, { signal });
    const file = fileOf(found.file, files);
    if (file === null) return 'there is no such file in the folder of the run';
    if (file.size > LARGEST) return `it has ${bytesText(file.size)}`;
    const answer = await client.artifact(jobId, file.path, { signal });
    return new Uint8Array(await answer.arrayBuffer());
  } catch (error) {
    if (error instanceof ClientError) return error.message;
    return 'its connection was lost';
  }
}
