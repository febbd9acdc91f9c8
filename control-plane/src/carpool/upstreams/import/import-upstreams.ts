import { createHash } from 'node:crypto';
import type { UpstreamImport, UpstreamImportReport } from '@aicarpool/shared-protocol/console';
import { and, eq, ne } from 'drizzle-orm';
import pLimit from 'p-limit';
import { allow, audit, CarpoolError, type Ctx, type Db, inTransaction } from '../../../kernel/index.ts';
import { assertManager, type GroupRow, getGroupAccess, getManagedGroup } from '../../groups/group-access.ts';
import { knownServices } from '../../groups/set-group-services.ts';
import { carpoolUpstreams } from '../../tables.ts';
import { toNewAccount } from '../add-upstream.ts';
import type { AddressPolicy } from '../base-url.ts';
import { insertUpstream, type NewAccount } from '../insert-upstream.ts';
import { dataKeysOf } from '../secrets/data-keys.ts';
import { openCredential } from '../secrets/seal-credential.ts';
import { noticesOf } from '../upstream-view.ts';
import { type ParsedRow, parseRows, type RowError } from './parse-rows.ts';

const lookupsAtOnce = 16;

interface Row extends ParsedRow {
  readonly account: NewAccount | undefined;
}

/**
 * Adds many accounts at once and says for each row what became of it. A dry run says what would. With `atomic` nothing is
 * added unless every row is good. Secrets are neither repeated nor kept anywhere but sealed.
 */
export async function importUpstreams(
  ctx: Ctx,
  policy: AddressPolicy,
  groupId: string,
  wish: UpstreamImport,
): Promise<UpstreamImportReport> {
  allow(ctx, 'carpool.upstream.import');
  assertManager(await getGroupAccess(ctx.db, ctx, groupId));
  const rows = await checkRows(policy, parseRows(wish));
  return await inTransaction(ctx, async (tx) => {
    const group = await getManagedGroup(tx, ctx, groupId);
    const checked = await withDuplicates(tx, ctx, group, rows);
    const isStopped = wish.atomic && checked.some(({ account }) => !account);
    const report: UpstreamImportReport['rows'] = [];
    for (const row of checked) {
      const adds = row.account && !isStopped && !wish.dry_run;
      const added = adds && row.account ? await insertUpstream(tx, ctx, group.id, row.account) : undefined;
      report.push(lineOf(row, isStopped, added?.id ?? null));
    }
    const imported = report.filter(({ status }) => status === 'ok').length;
    const failed = report.filter(({ status }) => status === 'error').length;
    if (!wish.dry_run) {
      await audit(tx, ctx, {
        action: 'carpool.upstream.import',
        target: { kind: 'group', id: group.id },
        groupId: group.id,
        after: { format: wish.format, atomic: wish.atomic, rows: report.length, imported, failed },
      });
    }
    return { dry_run: wish.dry_run, imported, failed, rows: report, notices: noticesFor(checked) };
  });
}

/** What can be said of each row without the database. Names are looked up once each, a few at a time. */
async function checkRows(policy: AddressPolicy, rows: readonly ParsedRow[]): Promise<Row[]> {
  const limit = pLimit(lookupsAtOnce);
  const known = new Map<string, Promise<readonly string[]>>();
  const remembering: AddressPolicy = {
    allowed: policy.allowed,
    resolve(host) {
      const found = known.get(host) ?? limit(() => policy.resolve(host));
      known.set(host, found);
      return found;
    },
  };
  return await Promise.all(rows.map(async (row) => await checkRow(remembering, row)));
}

async function checkRow(policy: AddressPolicy, row: ParsedRow): Promise<Row> {
  if (!row.wish) return { ...row, account: undefined };
  try {
    return { ...row, account: await toNewAccount(policy, row.wish) };
  } catch (error) {
    if (!(error instanceof CarpoolError)) throw error;
    const field = error.code.startsWith('base_url') ? 'base_url' : error.code.startsWith('credential') ? 'credential' : null;
    return bad({ ...row, account: undefined }, field, error.code, error.message);
  }
}

async function withDuplicates(tx: Db, ctx: Ctx, group: GroupRow, rows: readonly Row[]): Promise<Row[]> {
  const services = await knownServices(tx);
  const held = await heldBy(tx, ctx, group);
  const names = new Map([...held.names].map((name) => [name, 'an account of the group']));
  const secrets = new Map([...held.secrets].map((print) => [print, 'an account of the group']));
  return rows.map((row) => {
    if (!row.account) return row;
    const { account } = row;
    const print = printOf(account.serviceId, account.secret);
    const name = names.get(account.name);
    const secret = secrets.get(print);
    names.set(account.name, name ?? `row ${row.row}`);
    secrets.set(print, secret ?? `row ${row.row}`);
    if (!services.has(account.serviceId)) return bad(row, 'service_name', 'service_unknown', 'there is no such service');
    if (name !== undefined) return bad(row, 'name', 'name_taken', `${name} has this name already; choose another one`);
    if (secret !== undefined)
      return bad(row, 'credential', 'duplicate', `${secret} has this credential already; leave this row out`);
    return row;
  });
}

/** Names and fingerprints of secrets that the group has; the secrets themselves are open for this moment only. */
async function heldBy(tx: Db, ctx: Ctx, group: GroupRow): Promise<{ names: Set<string>; secrets: Set<string> }> {
  const rows = await tx
    .select()
    .from(carpoolUpstreams)
    .where(and(eq(carpoolUpstreams.groupId, group.id), ne(carpoolUpstreams.status, 'deleted')));
  const dataKeys = new Map((await dataKeysOf(ctx, tx, group.id)).map((dataKey) => [dataKey.version, dataKey]));
  const secrets = rows
    .filter(({ ownerId }) => ownerId === null)
    .flatMap(({ id, groupId, serviceId, credential }) => {
      const dataKey = credential && dataKeys.get(credential.key_version);
      return dataKey ? [printOf(serviceId, openCredential(dataKey, { upstreamId: id, groupId }, credential))] : [];
    });
  return { names: new Set(rows.map(({ name }) => name)), secrets: new Set(secrets) };
}

const printOf = (serviceId: string, secret: string) => createHash('sha256').update(`${serviceId}\n${secret}`).digest('base64');

function bad(row: Row, field: string | null, code: string, message: string): Row {
  const error: RowError = { field, code, message };
  return { ...row, account: undefined, errors: [...row.errors, error] };
}

function lineOf(row: Row, isStopped: boolean, upstreamId: string | null): UpstreamImportReport['rows'][number] {
  return {
    row: row.row,
    name: row.name,
    service_name: row.serviceName,
    status: row.errors.length > 0 ? 'error' : isStopped ? 'skipped' : 'ok',
    upstream_id: upstreamId,
    errors: [...row.errors],
  };
}

function noticesFor(rows: readonly Row[]): string[] {
  return [...new Set(rows.flatMap(({ account }) => (account ? noticesOf(account) : [])))];
}
