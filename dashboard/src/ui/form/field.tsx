import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes, useId } from 'react';

const box =
  'h-8 w-full rounded-md border border-line-strong bg-panel px-2.5 text-[13px] max-md:h-11 aria-[invalid=true]:border-bad disabled:cursor-not-allowed disabled:opacity-60';

interface FieldProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
}

function Frame({ id, label, hint, error, children }: FieldProps & { id: string; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium text-[13px]">
        {label}
      </label>
      {children}
      {error ? (
        <p id={`${id}-note`} role="alert" className="text-bad text-xs">
          {error}
        </p>
      ) : hint ? (
        <p id={`${id}-note`} className="text-ink-3 text-xs">
          {hint}
        </p>
      ) : null}
    </div>
  );
}

export function TextField({ label, hint, error, ...rest }: FieldProps & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} error={error}>
      <input id={id} className={box} aria-invalid={error !== undefined} aria-describedby={`${id}-note`} {...rest} />
    </Frame>
  );
}

export function SelectField({ label, hint, error, children, ...rest }: FieldProps & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} error={error}>
      <select id={id} className={box} aria-invalid={error !== undefined} aria-describedby={`${id}-note`} {...rest}>
        {children}
      </select>
    </Frame>
  );
}

export function TextArea({ label, hint, error, ...rest }: FieldProps & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} error={error}>
      <textarea
        id={id}
        className="w-full rounded-md border border-line-strong bg-panel px-2.5 py-1.5 font-mono text-xs aria-[invalid=true]:border-bad"
        spellCheck={false}
        aria-invalid={error !== undefined}
        aria-describedby={`${id}-note`}
        {...rest}
      />
    </Frame>
  );
}
