interface SegmentedProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { value: T; label: string }[];
  readonly onChange: (value: T) => void;
}

export function Segmented<T extends string>({ label, value, options, onChange }: SegmentedProps<T>) {
  return (
    <fieldset className="inline-flex overflow-hidden rounded-md border border-line-strong bg-panel">
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          className="h-7.5 px-3 text-ink-2 text-xs aria-pressed:bg-raised aria-pressed:font-medium aria-pressed:text-ink max-md:h-11"
        >
          {option.label}
        </button>
      ))}
    </fieldset>
  );
}
