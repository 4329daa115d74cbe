import type { Row } from './rows.ts';

/** Of a run on the original, this much is to be left with warm starts. */
const TIMES = 20;

/** The table of evaluations by lmms-eval itself. */
export function evaluationRowsOf(): Row[] {
  const seconds = 'evaluations.seconds';
  return [
    {
      title: 'Submission to numbers',
      unit: 's',
      figure: seconds,
      isLessBetter: true,
      aim: `${TIMES} × original`,
      met: (figures) => {
        const ratio = figures.ratio([seconds, 'original'], [seconds, 'evaldWarm']);
        return ratio === undefined ? undefined : ratio >= TIMES;
      },
    },
    { title: '… fastest – slowest', unit: 's', figure: seconds, isRange: true },
    { title: '… to the first scored sample', unit: 's', figure: 'evaluations.firstSample', isLessBetter: true },
    { title: '… of it the server', unit: 'ms', figure: 'evaluations.around', isLessBetter: true },
    { title: '… its share', unit: '%', figure: 'evaluations.share', isOwn: true },
    {
      title: 'One run’s start to the next one’s, in a queue',
      unit: 's',
      figure: 'evaluations.gap',
      isLessBetter: true,
    },
    { title: 'Runs an hour', unit: 'runs/h', figure: 'evaluations.perHour' },
  ];
}
