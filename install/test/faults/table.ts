import type { Played } from './play.ts';

/** One line a scenario: what became of it, its figures, its seconds, and why it was skipped. */
export function printTable(played: readonly Played[]): string {
  const lines = played.map(({ id, title, result, figures, seconds, why }) => {
    const told = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
    const [first = ''] = why[0]?.split('\n') ?? [];
    // Of a scenario that holds there is nothing to say; of a mutant, which check noticed it.
    const reason = first === '' ? [] : [result === 'held' ? `noticed by: ${first}` : `(${first})`];
    return `${id.padEnd(5)} ${result.padEnd(8)} ${seconds.toFixed(1).padStart(7)} s  ${title}${[...told, ...reason].map((text) => `; ${text}`).join('')}`;
  });
  const count = (result: Played['result']) => played.filter((one) => one.result === result).length;
  return ['', ...lines, '', `${count('held')} held, ${count('FAILED')} failed, ${count('skipped')} skipped`].join('\n');
}
