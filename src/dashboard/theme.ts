/** How the page is coloured: as the system says, or always one way. Kept in this browser. */
export const themes = ['system', 'light', 'dark'] as const;

export type Theme = (typeof themes)[number];

const KEY = 'evald.theme';

/** The theme that was chosen last. */
export function readTheme(): Theme {
  const kept = localStorage.getItem(KEY);
  return themes.find((theme) => theme === kept) ?? 'system';
}

/** Colours the page. @param theme what is chosen now; left out: what was chosen last. */
export function applyTheme(theme: Theme = readTheme()): void {
  localStorage.setItem(KEY, theme);
  document.documentElement.dataset['theme'] = theme;
}
