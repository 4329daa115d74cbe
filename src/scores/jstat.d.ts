/** What of jstat is used here; the package has no types of its own. */
declare module 'jstat' {
  const jstat: {
    normal: { inv(probability: number, mean: number, deviation: number): number };
    studentt: {
      inv(probability: number, degrees: number): number;
      pdf(t: number, degrees: number): number;
    };
  };
  export default jstat;
}
