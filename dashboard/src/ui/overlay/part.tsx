import type { ReactNode } from 'react';

/** A heading inside a peek, with what belongs to it. */
export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-2">
      <h3 className="font-semibold text-[13px]">{title}</h3>
      {children}
    </section>
  );
}
