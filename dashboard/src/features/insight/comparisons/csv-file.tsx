import { type ChangeEvent, useId } from 'react';
import { useTranslation } from 'react-i18next';

export interface ReadFile {
  readonly name: string;
  readonly text: string;
}

interface CsvFileProps {
  readonly file: ReadFile | undefined;
  readonly onRead: (file: ReadFile | undefined) => void;
}

/** A file of this machine, read as text; what the browser itself says of it would not be in the language of the page. */
export function CsvFile({ file, onRead }: CsvFileProps) {
  const { t } = useTranslation();
  const id = useId();
  const read = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const chosen = target.files?.[0];
    onRead(chosen && { name: chosen.name, text: await chosen.text() });
  };
  return (
    <div className="flex flex-col gap-1 text-[13px]">
      <span className="font-medium">{t('compare.file')}</span>
      <span className="flex flex-wrap items-center gap-3">
        <input
          id={id}
          type="file"
          accept=".csv,text/csv,text/plain"
          aria-describedby={`${id}-note`}
          className="peer sr-only"
          onChange={(event) => void read(event)}
        />
        <label
          htmlFor={id}
          className="inline-flex h-8 cursor-pointer items-center rounded-md border border-line-strong px-3 outline-offset-2 hover:bg-raised peer-focus-visible:outline-2 peer-focus-visible:outline-accent max-md:h-11"
        >
          {t('compare.choose')}
        </label>
        <span className="min-w-0 break-all" aria-live="polite">
          {file?.name}
        </span>
      </span>
      <p id={`${id}-note`} className="text-ink-3 text-xs">
        {t('compare.fileHint')}
      </p>
    </div>
  );
}
