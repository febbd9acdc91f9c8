/** The name of a row, which opens all that is known of it. */
export function NameButton({ name, onClick }: { name: string; onClick: () => void }) {
  return (
    <button
      type="button"
      onClick={onClick}
      title={name}
      className="max-w-64 truncate py-1 text-left align-middle font-medium underline decoration-line-strong underline-offset-4 hover:text-accent hover:decoration-accent"
    >
      {name}
    </button>
  );
}
