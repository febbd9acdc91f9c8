import { type InputHTMLAttributes, useId, useState } from 'react';

interface RangeFieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'value' | 'onChange' | 'type'> {
  readonly label: string;
  readonly defaultValue?: number;
  /** Where it stands, if whoever shows it keeps that; otherwise it keeps its own place, from `defaultValue` on. */
  readonly value?: number;
  /** How the value is said; absent: in percent. */
  readonly say?: (value: number) => string;
  readonly onValue?: (value: number) => void;
}

/** A share, chosen by a slider. */
export function RangeField({
  label,
  defaultValue,
  value: held,
  say = (value) => `${value}%`,
  onValue,
  ...rest
}: RangeFieldProps) {
  const id = useId();
  const [own, setOwn] = useState(defaultValue ?? 0);
  const value = held ?? own;
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="flex justify-between gap-2 text-[13px]">
        <span className="truncate font-medium">{label}</span>
        <span className="whitespace-nowrap text-ink-2">{say(value)}</span>
      </label>
      <input
        id={id}
        type="range"
        className="h-8 w-full accent-accent max-md:h-11"
        value={value}
        aria-valuetext={say(value)}
        onChange={(event) => {
          setOwn(event.target.valueAsNumber);
          onValue?.(event.target.valueAsNumber);
        }}
        {...rest}
      />
    </div>
  );
}
