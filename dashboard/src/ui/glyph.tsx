export type State = 'ok' | 'partial' | 'bad' | 'draft' | 'off';

const colours: Record<State, string> = {
  ok: 'text-accent',
  partial: 'text-warn',
  bad: 'text-bad',
  draft: 'text-info',
  off: 'text-ink-3',
};

/** A state by its shape first, its colour second. */
export function Glyph({ state }: { state: State }) {
  return (
    <svg viewBox="0 0 12 12" aria-hidden="true" className={`inline-block size-3 shrink-0 ${colours[state]}`} fill="currentColor">
      {state === 'ok' ? <circle cx="6" cy="6" r="4.5" /> : null}
      {state === 'partial' ? (
        <>
          <circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" strokeWidth="1.4" />
          <path d="M6 1.5a4.5 4.5 0 0 0 0 9z" />
        </>
      ) : null}
      {state === 'bad' ? <path d="m2.5 2.5 7 7m0-7-7 7" stroke="currentColor" strokeWidth="1.8" fill="none" /> : null}
      {state === 'draft' ? <path d="m6 1 5 5-5 5-5-5z" /> : null}
      {state === 'off' ? (
        <circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" strokeWidth="1.4" strokeDasharray="2 1.6" />
      ) : null}
    </svg>
  );
}

export function Status({ state, children }: { state: State; children: string }) {
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <Glyph state={state} />
      {children}
    </span>
  );
}
