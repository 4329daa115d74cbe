import { useState } from 'preact/hooks';
import type { SubmissionInput } from '../../../client/index.ts';
import { CopyButton } from '../../parts/Copy.tsx';
import { ScrollBox } from '../../parts/ScrollBox.tsx';
import { Segments } from '../../parts/Segments.tsx';
import { serverAddress } from '../../session.ts';
import { asCommand, asCurl, asPython } from '../../submission/copyAs.ts';

const forms = { curl: asCurl, command: asCommand, Python: asPython } as const;
type Form = keyof typeof forms;

/** The submission that is being written, for a terminal or a script. */
export function CopyAs({ submission }: { submission: SubmissionInput }) {
  const [form, setForm] = useState<Form>('curl');
  const text = forms[form](serverAddress(), submission);
  return (
    <section class="panel copy-as" aria-labelledby="copy-as">
      <div class="toolbar">
        <h2 id="copy-as">Copy as</h2>
        <Segments
          label="Written for"
          value={form}
          onChoose={(value) => setForm(value)}
          options={(Object.keys(forms) as Form[]).map((value) => ({ value, label: value }))}
        />
        <span class="toolbar-end">
          <CopyButton text={text} />
        </span>
      </div>
      <ScrollBox class="code-box" label={`As ${form}`}>
        <code>{text}</code>
      </ScrollBox>
    </section>
  );
}
