import { Icon } from '../../parts/Icon.tsx';
import type { Resource } from '../../state/useResource.ts';

/** Whether the suggestions are there: without them names are typed whole. */
export function CatalogNote({ catalog, what }: { catalog: Resource<unknown>; what: string }) {
  if (catalog.value !== null) return null;
  if (catalog.error === null) return <span role="status">Asking the harness for its {what}…</span>;
  return (
    <span class="catalog-away" role="status">
      <Icon name="warning" />
      <span>
        There are no suggestions, names can be typed all the same: {catalog.error.message}{' '}
        <button type="button" class="quiet" onClick={catalog.reload}>
          Ask again<span class="hidden"> for {what}</span>
        </button>
      </span>
    </span>
  );
}
