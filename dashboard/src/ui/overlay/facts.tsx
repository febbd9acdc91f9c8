import type { ReactNode } from 'react';

export type Fact = readonly [label: string, value: ReactNode];

/** What is known of one thing, line by line. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className="text-[13px]">
      {facts.map(([label, value]) => (
        <div key={label} className="flex items-baseline gap-4 border-line border-b py-1.5 last:border-b-0">
          <dt className="w-40 shrink-0 text-ink-2 max-md:w-32">{label}</dt>
          <dd className="min-w-0 flex-1 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
