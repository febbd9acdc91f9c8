const storageKey = 'aicarpool.theme';

export type Theme = 'light' | 'dark';

export function currentTheme(): Theme {
  const kept = localStorage.getItem(storageKey);
  if (kept === 'light' || kept === 'dark') return kept;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

export function applyTheme(theme: Theme, keep: boolean): void {
  document.documentElement.dataset['theme'] = theme;
  if (keep) localStorage.setItem(storageKey, theme);
}
