export interface Figure {
  readonly name: string;
  readonly value: string;
  /** What it is made of. */
  readonly note: string;
}

/** The figures that people look for first, side by side, below a line of its panel or alone in it. */
export function Figures({ figures }: { figures: readonly Figure[] }) {
  return (
    <dl className="grid auto-cols-fr gap-px bg-line max-md:grid-cols-2 md:grid-flow-col">
      {figures.map(({ name, value, note }) => (
        <div key={name} className="flex min-w-0 flex-col bg-panel px-4 py-3 max-md:last:odd:col-span-2">
          <dt className="text-ink-2 text-xs">{name}</dt>
          <dd className="font-semibold text-2xl leading-8">{value}</dd>
          <dd title={note} className="line-clamp-2 break-words text-ink-3 text-xs">
            {note}
          </dd>
        </div>
      ))}
    </dl>
  );
}
