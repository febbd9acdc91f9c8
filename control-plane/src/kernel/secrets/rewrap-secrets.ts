import { sql } from 'drizzle-orm';
import { allow } from '../allow.ts';
import { audit } from '../audit.ts';
import type { Ctx } from '../context.ts';
import { inTransaction, type Tx } from '../db.ts';

/** A column of texts that the keyring sealed. `aadOf`: what each belongs to, from the key of its row. */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  readonly key: readonly string[];
  readonly aadOf: (key: Readonly<Record<string, string>>) => string;
}

/**
 * Seals everything that an older master key sealed under the current one; all of it or nothing. Gives how many texts. The
 * older key has to be in the keyring; once this has run it opens nothing any more and may be destroyed.
 */
export async function rewrapSecrets(ctx: Ctx, columns: readonly SealedColumn[]): Promise<number> {
  allow(ctx, 'kernel.master_key.rewrap');
  return await inTransaction(ctx, async (tx) => {
    let count = 0;
    for (const column of columns) count += await rewrapColumn(tx, ctx, column);
    if (count === 0) return 0;
    const id = ctx.keyring.id;
    await audit(tx, ctx, { action: 'kernel.master_key.rewrap', target: { kind: 'master_key', id }, after: { texts: count } });
    return count;
  });
}

async function rewrapColumn(tx: Tx, ctx: Ctx, { table, column, key, aadOf }: SealedColumn): Promise<number> {
  const [from, text] = [sql.identifier(table), sql.identifier(column)];
  const names = sql.join(
    key.map((name) => sql`${sql.identifier(name)}::text AS ${sql.identifier(name)}`),
    sql`, `,
  );
  const current = `v1.${ctx.keyring.id}.%`;
  const rows = await tx.execute<Record<string, string>>(
    sql`SELECT ${names}, ${text} AS sealed_text FROM ${from} WHERE ${text} IS NOT NULL AND ${text} NOT LIKE ${current} FOR UPDATE`,
  );
  for (const { sealed_text: sealed = '', ...row } of rows) {
    const aad = aadOf(row);
    const anew = ctx.keyring.seal(ctx.keyring.open(sealed, aad), aad);
    const same = sql.join(
      key.map((name) => sql`${sql.identifier(name)}::text = ${row[name]}`),
      sql` AND `,
    );
    await tx.execute(sql`UPDATE ${from} SET ${text} = ${anew} WHERE ${same}`);
  }
  return rows.length;
}
