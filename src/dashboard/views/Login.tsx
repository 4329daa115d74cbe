import { Icon } from '../parts/Icon.tsx';

/** Asks for a token. It is kept for this tab only. @param reason why the last one is none. */
export function Login({ reason, onToken }: { reason: string | null; onToken(token: string): void }) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const token =
      event.currentTarget instanceof HTMLFormElement ? new FormData(event.currentTarget).get('token') : null;
    if (typeof token === 'string' && token !== '') onToken(token.trim());
  };
  return (
    <main class="alone">
      <h1>evald</h1>
      <form onSubmit={submit}>
        <label for="token">Token</label>
        <input id="token" name="token" type="password" autoComplete="off" spellcheck={false} required autofocus />
        {reason !== null && (
          <p class="note note-error" role="alert">
            <Icon name="warning" /> {reason}
          </p>
        )}
        <button type="submit" class="primary">
          Sign in
        </button>
        <p class="quiet-text">
          This server asks for a token. The operator makes one: <code>evald token create NAME --role read</code>. It is
          kept in this tab, until the tab is closed.
        </p>
      </form>
    </main>
  );
}
