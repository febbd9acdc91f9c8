interface Day {
  /** YYYY-MM-DD */
  readonly date: string;
  readonly value: number;
  /** What a reader is told about this day. */
  readonly text: string;
}

/** Days side by side; the same as a list for those who do not see it. */
export function DayBars({ label, days }: { label: string; days: readonly Day[] }) {
  const top = Math.max(...days.map(({ value }) => value), Number.MIN_VALUE);
  const marks = [days[0], days[Math.floor(days.length / 2)], days.at(-1)];
  return (
    <figure aria-label={label}>
      <div aria-hidden="true" className="flex h-20 items-end gap-0.5 border-line-strong border-b">
        {days.map(({ date, value, text }) => (
          <div key={date} title={text} className="flex h-full flex-1 items-end hover:bg-raised">
            <i className="w-full rounded-t-[2px] bg-series-1" style={{ height: `${(value / top) * 100}%` }} />
          </div>
        ))}
      </div>
      <div aria-hidden="true" className="mt-1 flex justify-between text-[11px] text-ink-3 leading-4">
        {marks.map((day) => (day ? <span key={day.date}>{day.date.slice(5)}</span> : null))}
      </div>
      <ul className="sr-only">
        {days
          .filter(({ value }) => value > 0)
          .map(({ date, text }) => (
            <li key={date}>{text}</li>
          ))}
      </ul>
    </figure>
  );
}
