import type { ReactNode } from 'react';

/** Part of a form that most people never need. */
export function Folded({ title, open = false, children }: { title: string; open?: boolean; children: ReactNode }) {
  return (
    <details open={open} className="rounded-md border border-line">
      <summary className="cursor-pointer rounded-md px-3 py-2 font-medium text-[13px] text-ink-2 hover:text-ink max-md:py-3">
        {title}
      </summary>
      <div className="flex flex-col gap-4 border-line border-t px-3 py-3">{children}</div>
    </details>
  );
}
