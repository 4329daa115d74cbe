/** Milliseconds of the processor that some work took, of all threads of this process: what others do on the machine is not in it. */
export async function processorTime(work: () => unknown): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}
