import { type InputHTMLAttributes, useId } from 'react';

interface CheckFieldProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: string;
  readonly hint?: string;
}

/** One yes-or-no with the sentence that says what it does. */
export function CheckField({ label, hint, ...rest }: CheckFieldProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-2.5">
      <input
        id={id}
        type="checkbox"
        className="mt-0.5 size-4 accent-accent"
        aria-describedby={hint ? `${id}-note` : undefined}
        {...rest}
      />
      <label htmlFor={id} className="flex flex-col gap-0.5 text-[13px]">
        <span className="font-medium">{label}</span>
        {hint ? (
          <span id={`${id}-note`} className="text-ink-3 text-xs">
            {hint}
          </span>
        ) : null}
      </label>
    </div>
  );
}
