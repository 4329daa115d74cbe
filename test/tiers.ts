/** Files of tests, by path or pattern, each with what takes its time. */
type Tier = Readonly<Record<string, string>>;

/** What `npm test` leaves to `npm run test:all`, and CI: everything else is in `npm test`. */
export const long: Tier = {
  'test/lmmsEval/**/*.test.ts': 'evaluates by the real lmms-eval, which takes 10 s to be imported',
  'test/runner/harnesses/lmmsEval/real.test.ts': 'evaluates by the real lmms-eval, which takes 10 s to be imported',
  'test/runner/backends/local/warm*.test.ts': 'waits until files are so old that an edit can be told by their times',
  'test/harnesses/@(real|queue).test.ts': 'evaluates by the real harnesses, which take seconds to be imported',
  'test/runner/results/scores/lmEval.test.ts': 'evaluates by the real lm-eval',
  'test/lmEval/**/*.test.ts': 'evaluates by the real lm-eval, which takes some seconds to be imported',
  'test/inspectAi/**/*.test.ts': 'evaluates by the real inspect-ai, which takes some seconds to be imported',
  'test/clusters/slurm/**/*.test.ts':
    'starts clusters of its own, and waits until their daemons have seen what was broken',
  'test/clusters/ray/**/*.test.ts':
    'starts clusters of its own, and waits until their daemons have seen what was broken',
  'test/dashboard/!(manyJobs|manyScores|imports|diff|jobSearch|lines|board|openapi).test.ts':
    'starts a browser and a server for each view',
  'test/model/scheduler/*.test.ts':
    'goes every shortest path of the scheduler, through an actor and through its facade',
  'test/model/http/*.test.ts': 'goes every path that a route can cause, each through a real server',
  'test/model/runner/*.test.ts': 'goes every path of a run, each with a scheduler',
  'test/model/random/*.test.ts': 'tries 500 interleavings of everything, others each time',
  'test/http/attempts.test.ts': 'waits for the pause between two attempts at a job',
  'test/durability/attempts.test.ts':
    'kills a server at each point of each attempt at a job, and waits for the pauses between them',
  'test/durability/split.test.ts': 'kills a server at each point of each part of a job, and starts another one',
  'test/durability/torture.test.ts': 'kills a server at random moments until each has been killed',
  'test/durability/crashPoints.test.ts': 'kills a server at each point of the life of a job, and starts another one',
  'test/http/commandHarness.test.ts': 'starts servers for runs that are held, stopped, killed, and refused',
  'test/durability/warmStarts.test.ts': 'kills a parent of warm starts, and a server, in each phase of a run',
  'test/durability/movedFolder.test.ts': 'starts three servers or more in each test',
  'test/durability/backup.test.ts': 'starts a command for each backup, and servers on what was put back',
  'test/durability/upgrade.test.ts':
    'starts servers on the data folder of an earlier version, and runs what waits there',
  'test/durability/restart.test.ts': 'starts three servers or more in each test',
  'test/durability/scores.test.ts': 'kills and starts a server around the end of a job',
  'test/durability/refusedStarts.test.ts': 'starts a server for each fault of its folder',
  'test/durability/startChecks.test.ts': 'starts a server for each fault of its settings',
  'test/durability/lostFolder.test.ts': 'waits until a server has seen that its folder is gone',
  'test/attacks/plantedSecret*.test.ts':
    'looks for a secret in everything that a server leaves, after each way that it may end',
  'test/attacks/hostileFiles.test.ts': 'has a run for each thing at each path of its folder',
  'test/attacks/hugeFiles.test.ts': 'has runs write gigabytes',
  'test/attacks/slowConnections.test.ts': 'holds a thousand connections open',
  'test/security/tokens/starting.test.ts': 'starts a server for each setting of what callers may ask',
  'test/deploy/action.test.ts': 'runs the steps of the action for GitHub, each of several commands',
  'test/deploy/proxy.test.ts': 'starts nginx, and a browser',
  'test/cli/demo.test.ts': 'runs the demo to its end, as a user does',
  'test/cli/live.test.ts': 'watches, waits for and follows jobs to their end, while their server is killed',
  'test/cli/completion.test.ts': 'presses keys in three shells',
  'test/cli/resizing.test.ts': 'types into three terminals',
  'test/cli/session.test.ts': 'types what the page of the command line shows',
  'test/cli/verbs.test.ts': 'starts a command for each verb, as a script does and at a terminal',
  'test/http/imports.test.ts': 'starts a server for each restart, each kill and each rule of folders',
  'test/http/holds.test.ts': 'waits for checkpoints, one of them on a disk that hangs',
  'test/durability/heldJobs.test.ts': 'kills a server in each state of jobs that wait for others',
  'test/http/jobActions.test.ts': 'acts on hundreds of jobs at once',
  'test/http/asked.test.ts': 'starts the Python that answers questions, again and again',
  'test/journal/badDays.test.ts': 'starts a server on each damaged journal',
  'test/client/restarts.test.ts': 'kills and starts servers while a client waits',
  'test/durability/blocked.test.ts':
    'waits until a server has seen what hinders every launch, and what does not any more',
  'test/durability/minFree.test.ts': 'waits until a server has seen that a disk is full, and that it is not any more',
  'test/durability/clock.test.ts': 'starts servers on machines with other clocks',
  'test/cli/check.test.ts': 'starts a command, and servers, for each fault of their settings',
  'test/cli/split.test.ts': 'starts a process for each line of a shell',
  'test/cli/submit.test.ts': 'starts a process for each line of a shell',
  'test/cli/gate.test.ts': 'starts a process for each line of a shell',
  'test/cli/scores.test.ts': 'starts a process for each line of a shell',
  'test/cli/access.test.ts': 'starts a process for each line of a shell',
  'test/release.test.ts': 'builds the package and the executable in a copy of the checkout',
  'test/scores/independent.test.ts': 'has scipy and statsmodels work out a thousand comparisons',
  'test/scores/manySamples.test.ts': 'a comparison of a million samples takes seconds',
  'test/scores/simulation.test.ts': 'compares ten thousand pairs of runs of each kind',
  'test/binary.test.ts': 'builds the one executable, and starts servers from it',
  'test/bench/byHand.test.ts': 'runs the real lmms-eval',
  'test/bench/peers.test.ts': 'makes clusters of PostgreSQL',
  'test/gpus.test.ts': 'runs 200 jobs to their end',
  'test/machines/operationCounts.test.ts': 'counts what an operation executes with 100,000 jobs waiting',
  'test/machines/tenThousandJobs.test.ts': 'fills a queue with ten thousand jobs',
  'test/python/forward*.test.ts': 'imports the packages of W&B, MLflow and TensorBoard, again and again',
  'test/python/types.test.ts': 'has mypy read the types of all that the Python package imports',
  'test/python/trainers.test.ts': 'imports torch, transformers and Lightning',
  'test/site/shown.test.ts': 'drives a browser',
  'test/process/signals.test.ts': 'starts a server for each signal in each state',
};

/** Of those, what takes minutes: it begins first, so that no worker is left with it at the end while the others have nothing to do. */
export const longest: readonly string[] = [
  'test/model/scheduler/facade.test.ts',
  'test/clusters/ray/ray.test.ts',
  'test/model/scheduler/actor.test.ts',
  'test/model/runner/runner.test.ts',
  'test/durability/torture.test.ts',
  'test/clusters/slurm/accounting.test.ts',
  'test/harnesses/real.test.ts',
];

/** Of those, what measures time: it runs alone, one file at a time, for machines are shared. */
export const measuring: Tier = {
  'test/attacks/linear*.test.ts': 'compares what texts cost with what a quarter of them costs, many times over',
  'test/cli/manyJobs.test.ts': 'lists jobs of 100,000 within a second',
  'test/cli/packed.test.ts': 'builds dist/, from which servers of other tests would have their page meanwhile',
  'test/cli/start.test.ts': 'compares the processor time of a short command with that of Node alone',
  'test/http/manySearches.test.ts': 'searches of 100,000 jobs are answered within a time',
  'test/dashboard/manyJobs.test.ts': 'the first rows of 100,000 jobs are there within two seconds',
  'test/dashboard/manyScores.test.ts': '10,000 scores are drawn within a time',
  'test/durability/lockedJournal.test.ts': 'a server ends within the time that it may take',
  'test/shutdown.test.ts': 'a server ends within the time that it may take',
  'test/watchdog/*.test.ts': 'a server whose loop stands still is ended within a time',
  'test/webhooks/server.test.ts': 'a server ends within the time that it may take',
};
