import type { GroupId } from '@aicarpool/shared-protocol';
import { type Column, eq, getTableColumns, type Table } from 'drizzle-orm';
import { configStateAt, type Db } from '../../kernel/index.ts';
import type { Fact } from '../facts.ts';
import { carpoolGroupServices, carpoolGroups, carpoolModels, carpoolServices } from '../tables.ts';
import { toGroupResource, toServiceResource } from '../traffic/wire-shapes.ts';

type State = Record<string, unknown>;

/** A group or a service in the shape that nodes are told, as it was at a version; undefined: it was not there, or that is not known. */
export async function readFactAt(
  tx: Db,
  scope: string,
  name: { readonly kind: string; readonly id: string },
  version: number,
): Promise<Fact | undefined> {
  const state = await configStateAt(tx, scope, name, version);
  if (!state) return undefined;
  const body = name.kind === 'group' ? await groupBody(tx, name.id, state) : await serviceBody(tx, name.id, state);
  return body && { ...name, body: body as unknown as Fact['body'] };
}

async function groupBody(tx: Db, id: string, state: State) {
  const [now] = await tx
    .select()
    .from(carpoolGroups)
    .where(eq(carpoolGroups.id, id as GroupId));
  if (!now) return undefined;
  const services = partsOf(state['services']).map((one) => ({
    ...(rowOf(carpoolGroupServices, one) as typeof carpoolGroupServices.$inferSelect),
    groupId: now.id,
  }));
  return toGroupResource({ ...now, ...rowOf(carpoolGroups, state) }, services);
}

async function serviceBody(tx: Db, id: string, state: State) {
  const [now] = await tx.select().from(carpoolServices).where(eq(carpoolServices.id, id));
  if (!now) return undefined;
  const models = partsOf(state['models']).map((one) => rowOf(carpoolModels, one) as typeof carpoolModels.$inferSelect);
  return toServiceResource({ ...now, ...rowOf(carpoolServices, state) }, models);
}

function partsOf(list: unknown): State[] {
  return Array.isArray(list) ? (list as State[]) : [];
}

/** A kept state has the columns of its table by their names in the database. */
function rowOf(table: Table, state: State): Record<string, unknown> {
  const columns = Object.entries(getTableColumns(table)) as [string, Column][];
  return Object.fromEntries(columns.flatMap(([field, { name }]) => (name in state ? [[field, state[name]]] : [])));
}
