import { useTranslation } from 'react-i18next';

interface Hour {
  /** Of the day, UTC. */
  readonly hour: number;
  readonly value: number;
  /** What a reader is told about this hour. */
  readonly text: string;
}

const hoursOfDay = Array.from({ length: 24 }, (_, hour) => hour);

/** The hours of a day side by side; the same as a list for those who do not see it. */
export function HourBars({ label, hours }: { label: string; hours: readonly Hour[] }) {
  const { t } = useTranslation();
  const byHour = new Map(hours.map((one) => [one.hour, one]));
  const top = Math.max(1, ...hours.map(({ value }) => value));
  return (
    <figure aria-label={label}>
      <div aria-hidden="true" className="flex h-24 items-end gap-0.5 border-line-strong border-b">
        {hoursOfDay.map((hour) => (
          <div key={hour} title={byHour.get(hour)?.text} className="flex h-full flex-1 items-end hover:bg-raised">
            <i
              className="w-full rounded-t-[2px] bg-series-1"
              style={{ height: `${((byHour.get(hour)?.value ?? 0) / top) * 100}%` }}
            />
          </div>
        ))}
      </div>
      <div aria-hidden="true" className="mt-1 flex justify-between text-[11px] text-ink-3 leading-4">
        <span>00:00</span>
        <span>06:00</span>
        <span>12:00</span>
        <span>18:00</span>
        <span>{t('chart.utc')}</span>
      </div>
      <ul className="sr-only">
        {hours.map(({ hour, text }) => (
          <li key={hour}>{text}</li>
        ))}
      </ul>
    </figure>
  );
}
