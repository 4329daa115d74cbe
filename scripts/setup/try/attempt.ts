/**
 * Runs what a setup is tried by, and ends with 1 when it does not work. The last line on standard error says why: that is
 * what the setup shows.
 */
export async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    console.error(words.trimEnd());
    process.exitCode = 1;
  }
}
