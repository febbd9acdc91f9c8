import type { ReactNode } from 'react';

export function Page({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <div className="mx-auto flex w-full max-w-[1520px] flex-col gap-4 p-5 max-md:p-4">
      <div className="flex min-h-8 flex-wrap items-center justify-between gap-3">
        <h1 className="font-semibold text-xl">{title}</h1>
        {actions ? <div className="flex flex-wrap items-center gap-2">{actions}</div> : null}
      </div>
      {children}
    </div>
  );
}
