interface TabsProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { value: T; label: string }[];
  readonly onChange: (value: T) => void;
}

/** Which part of a page is shown; the page keeps the choice in its address. */
export function Tabs<T extends string>({ label, value, options, onChange }: TabsProps<T>) {
  return (
    <nav aria-label={label} className="-mb-1 flex gap-1 overflow-x-auto border-line border-b">
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-current={option.value === value ? 'page' : undefined}
          onClick={() => onChange(option.value)}
          className="h-9 whitespace-nowrap border-transparent border-b-2 px-3 text-[13px] text-ink-2 hover:text-ink aria-[current]:border-accent aria-[current]:font-medium aria-[current]:text-ink max-md:h-11"
        >
          {option.label}
        </button>
      ))}
    </nav>
  );
}
