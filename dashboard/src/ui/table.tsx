import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  readonly numeric?: boolean;
}

interface TableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly empty: ReactNode;
  /** In a narrow place. */
  readonly tight?: boolean;
}

/** Dense rows with hairlines; scrolls sideways inside itself, so that a phone never scrolls the page. */
export function Table<Row>({ label, columns, rows, rowKey, empty, tight = false }: TableProps<Row>) {
  const side = tight ? 'px-2.5' : 'px-4';
  if (rows.length === 0)
    return <div className={`${tight ? 'px-3 py-4 text-[13px]' : 'px-4 py-8'}  text-center text-ink-2`}>{empty}</div>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="overflow-x-auto" aria-label={label} tabIndex={0}>
      <table className="w-full border-collapse text-[13px] leading-5">
        <thead>
          <tr className="border-line border-b text-left text-ink-3 text-xs">
            {columns.map(({ key, title, numeric }) => (
              <th key={key} scope="col" className={`h-9 whitespace-nowrap ${side} font-medium ${numeric ? 'text-right' : ''}`}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)} className="border-line border-b last:border-b-0 hover:bg-raised">
              {columns.map(({ key, cell, numeric }) => (
                <td key={key} className={`h-10 whitespace-nowrap ${side} py-1 ${numeric ? 'text-right' : ''}`}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface NoRowsProps {
  readonly data: unknown;
  readonly error: unknown;
  /** Says that there are none. */
  readonly none: string;
}

/** What stands where rows would be: there are none, they are on their way, or nobody knows. */
export function NoRows({ data, error, none }: NoRowsProps) {
  const { t } = useTranslation();
  if (data !== undefined) return none;
  return t(error ? 'action.notRead' : 'action.loading');
}
