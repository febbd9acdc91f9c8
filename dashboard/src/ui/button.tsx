import type { ButtonHTMLAttributes } from 'react';

type Kind = 'primary' | 'plain' | 'ghost' | 'danger';

const looks: Record<Kind, string> = {
  primary: 'bg-accent text-on-accent hover:brightness-110 border-transparent font-medium',
  plain: 'bg-panel text-ink border-line-strong hover:bg-raised',
  ghost: 'bg-transparent text-ink-2 border-transparent hover:bg-raised hover:text-ink',
  danger: 'bg-panel text-bad border-line-strong hover:bg-bad-soft',
};

export function Button({ kind = 'plain', className = '', ...rest }: ButtonHTMLAttributes<HTMLButtonElement> & { kind?: Kind }) {
  return (
    <button
      type="button"
      className={`inline-flex h-8 items-center justify-center gap-2 whitespace-nowrap rounded-md border px-3 text-[13px] transition-colors disabled:cursor-not-allowed disabled:opacity-50 max-md:h-11 ${looks[kind]} ${className}`}
      {...rest}
    />
  );
}
