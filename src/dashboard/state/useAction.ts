import { useRef, useState } from 'preact/hooks';
import { ClientError } from '../../client/index.ts';

export type Action<Arguments extends readonly unknown[]> = {
  run(...given: Arguments): Promise<void>;
  isRunning: boolean;
  /** Why the last one was not done; null when it was. */
  error: ClientError | null;
};

/** Something that the reader has done by the server: once at a time, and what is said against it is kept to be shown. */
export function useAction<Arguments extends readonly unknown[]>(
  act: (...given: Arguments) => Promise<void>,
): Action<Arguments> {
  const [state, setState] = useState<{ isRunning: boolean; error: ClientError | null }>({
    isRunning: false,
    error: null,
  });
  // The state is known at the next drawing only: two clicks may come before it.
  const isRunning = useRef(false);
  return {
    ...state,
    run: async (...given) => {
      if (isRunning.current) return;
      isRunning.current = true;
      setState({ isRunning: true, error: null });
      try {
        await act(...given);
        setState({ isRunning: false, error: null });
      } catch (error) {
        if (!(error instanceof ClientError)) throw error;
        setState({ isRunning: false, error });
      } finally {
        isRunning.current = false;
      }
    },
  };
}
