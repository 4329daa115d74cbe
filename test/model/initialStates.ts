/** Where each compound state begins. */
export const initialStates: Record<string, Record<string, string>> = {
  job: { job: 'queued' },
  runTracker: { runTracker: 'entering', watching: 'unseen', 'watching.submitting': 'asking', ended: 'explaining' },
  runner: { runner: 'entering', running: 'working', stopping: 'terminating' },
  delivery: { delivery: 'waiting', waiting: 'scheduled', recording: 'writing' },
  scheduler: {
    intake: 'open',
    'intake.closed': 'unwritable',
    dispatch: 'idle',
    'dispatch.blocked': 'waiting',
    readiness: 'idle',
  },
};
