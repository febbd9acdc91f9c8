import { eq } from 'drizzle-orm';
import type { Db } from '../../kernel/db.ts';
import { NotFound } from '../../kernel/errors.ts';
import { hashSecretText } from '../enrollment/secret-text.ts';
import { fleetNodes } from '../tables.ts';

export type NodeRow = typeof fleetNodes.$inferSelect;

export async function findNodeByToken(db: Db, nodeToken: string): Promise<NodeRow | undefined> {
  const [node] = await db
    .select()
    .from(fleetNodes)
    .where(eq(fleetNodes.tokenHash, hashSecretText(nodeToken)));
  return node;
}

export async function findNodeById(db: Db, nodeId: string): Promise<NodeRow | undefined> {
  const [node] = await db.select().from(fleetNodes).where(eq(fleetNodes.id, nodeId));
  return node;
}

export async function getNodeRow(db: Db, nodeId: string): Promise<NodeRow> {
  const node = await findNodeById(db, nodeId);
  if (!node) throw new NotFound('node_not_found', 'there is no node with this id');
  return node;
}
