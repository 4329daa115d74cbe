import { useState } from 'preact/hooks';
import type { ClientError } from '../../client/index.ts';
import { serverAddress } from '../session.ts';
import { useLive } from '../state/live.ts';
import { useAction } from '../state/useAction.ts';
import { quoted } from '../submission/copyAs.ts';
import { bytesText } from '../text.ts';
import { Command } from './Copy.tsx';
import { Dialog } from './Dialog.tsx';
import { Icon } from './Icon.tsx';
import { ErrorNote } from './Notes.tsx';
import { save } from './SaveButton.tsx';

/** Bytes that are fetched into memory at most, where a link cannot bring the token. */
const IN_MEMORY = 64 * 1024 * 1024;

type Props = {
  /** The document below the server's address, encoded: `jobs/0f9c/log?raw=1`. */
  path: string;
  /** What the file is called. */
  name: string;
  /** Bytes; null: not known. */
  size: number | null;
  load(): Promise<Response>;
  label?: string;
};

/**
 * Saves a file of the server. Where a token is needed a link would not bring it: then the page fetches the file itself, and for one
 * that is too large for its memory shows the command that does.
 */
export function Download({ path, name, size, load, label = 'Download' }: Props) {
  const { token } = useLive();
  const [isCommandShown, setCommandShown] = useState(false);
  const fetching = useAction(async () => save(name, await (await load()).blob()));
  const [seen, setSeen] = useState<ClientError | null>(null);
  const what = label === 'Download' ? `Download ${name}` : undefined;
  if (token === null) {
    return (
      <a class="button quiet" href={serverAddress() + path} download={name} aria-label={what}>
        <Icon name="download" /> <span class="download-label">{label}</span>
      </a>
    );
  }
  const isSmall = size !== null && size <= IN_MEMORY;
  return (
    <>
      <button
        type="button"
        class="quiet"
        disabled={fetching.isRunning}
        aria-label={what}
        onClick={() => (isSmall ? fetching.run() : setCommandShown(true))}
      >
        <Icon name="download" /> <span class="download-label">{fetching.isRunning ? 'Fetching …' : label}</span>
      </button>
      {isCommandShown && (
        <Dialog title={`${name} is large`} onClose={() => setCommandShown(false)}>
          <p>{size === null ? 'Its size is not known' : `It has ${bytesText(size)}`}: fetch it from a terminal.</p>
          <Command text={commandFor(path, name)} />
        </Dialog>
      )}
      {fetching.error && fetching.error !== seen && (
        <Dialog title="It was not fetched" onClose={() => setSeen(fetching.error)}>
          <ErrorNote error={fetching.error} />
        </Dialog>
      )}
    </>
  );
}

const commandFor = (path: string, name: string): string =>
  `curl -sS -H "Authorization: Bearer $EVALD_TOKEN" ${quoted(serverAddress() + path)} -o ${quoted(name)}`;
