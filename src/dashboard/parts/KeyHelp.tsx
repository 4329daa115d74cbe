import { activeBindings } from '../keys.ts';
import { Dialog } from './Dialog.tsx';

/** The keys that do something in the view that is shown. */
export function KeyHelp({ onClose }: { onClose(): void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {activeBindings().map(({ key, label }) => (
          <div key={key}>
            <dt>
              <kbd>{names[key] ?? key}</kbd>
            </dt>
            <dd>{label}</dd>
          </div>
        ))}
      </dl>
      <div class="dialog-buttons">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}

const names: { [key: string]: string } = { ArrowLeft: '←', ArrowRight: '→', Escape: 'Esc' };
