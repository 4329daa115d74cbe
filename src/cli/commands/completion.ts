import { candidates, FILES } from '../completion/candidates.ts';
import { scriptFor, shells } from '../completion/scripts.ts';
import { createSources } from '../completion/sources.ts';
import { UsageError } from '../frame/exitCodes.ts';
import { cutTo, plain } from '../frame/output/cells.ts';
import { didYouMean } from '../frame/suggest.ts';
import { defineVerb } from './verb.ts';

/** Columns of a description. */
const ABOUT = 60;

export const verb = defineVerb({
  usage: shells.join('|'),
  words: [1, Number.POSITIVE_INFINITY],
  about:
    'Prints what a shell sources to complete evald: commands, options and their values, and the ids of jobs, for which the server is asked; where it is away there are none.',
  examples: ['evald completion fish > ~/.config/fish/completions/evald.fish', 'source <(evald completion bash)'],
  flags: {},
  output: false,
  async run(context, [word = '', ...words]) {
    // So the scripts ask: the words of the line up to the cursor.
    if (word === 'words') {
      for (const { value, about } of await candidates(words, createSources(context))) {
        if (value === FILES.value) context.print(value);
        else if (/^[\x21-\x7e]+$/.test(value)) context.print(`${value}\t${cutTo(plain(about), ABOUT)}`);
      }
      return undefined;
    }
    const shell = shells.find((each) => each === word);
    if (shell === undefined || words.length > 0) {
      throw new UsageError(
        `completion: one of ${shells.join(', ')}${didYouMean(word, shells)}`,
        'evald completion --help',
      );
    }
    context.write(scriptFor(shell));
    return undefined;
  },
});
