import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, vi } from 'vitest';
import { findRecord, type NodeRecord } from '../../src/commands/record/node-record.ts';
import { ConfigSource, globalScope, groupBody, keyBody, serviceBody, upstreamBody } from '../config-source.ts';
import { ask, type EdgeProcess, edge, newDataDir, runEdge } from '../edge-process.ts';
import { ScriptedControlPlane } from '../scripted-control-plane.ts';
import { Provider } from './provider.ts';

export const soon = { timeout: 20_000, interval: 20 };

/** One row of a ledger file, as far as tests look at it. */
export interface BookedRow {
  readonly requestId: string;
  readonly upstreamRequestId: string | null;
  readonly final: number;
  readonly status: string;
  readonly tokens: number;
}

/** A whole node with workers between a scripted control plane and a provider. */
export class Stage {
  readonly source = new ConfigSource();
  readonly center = new ScriptedControlPlane(this.source);
  readonly provider = new Provider();
  readonly dataDir = newDataDir();
  readonly #nodes: EdgeProcess[] = [];

  static async open(): Promise<Stage> {
    const stage = new Stage();
    const { source, center, dataDir } = stage;
    const origin = await stage.provider.start();
    center.onRegister = async (publicKey) => {
      await source.sealTo('grp_a', 'nod_test', publicKey);
      source.put(globalScope, 'service', 'claude', serviceBody('claude', { base_url: origin }));
      source.put('grp_a', 'group', 'grp_a', groupBody('grp_a'));
      stage.putAccount();
      source.put('grp_a', 'key', 'key_1', keyBody('key_1', 'grp_a', 'acp_one'));
    };
    await center.start();
    await edge('enroll', '--control-plane', center.url, '--token', center.registrationToken, '--data-dir', dataDir);
    return stage;
  }

  putAccount(more: Parameters<typeof upstreamBody>[3] = {}, id = 'ups_1'): void {
    this.source.put('grp_a', 'upstream', id, upstreamBody(id, 'grp_a', this.source.sealSecret('grp_a', id, 'sk-one'), more));
  }

  /** Resolves once a request is answered. */
  async run(workers: number | string, nodeArgs: readonly string[] = []): Promise<EdgeProcess> {
    const env = { CARPOOL_ALLOW_PRIVATE_UPSTREAMS: '127.0.0.0/8' };
    const node = await runEdge(this.dataDir, ['--workers', String(workers)], nodeArgs, env);
    this.#nodes.push(node);
    await vi.waitFor(async () => expect((await ask(node.origin, 'acp_one')).status).toBe(200), soon);
    return node;
  }

  record(): NodeRecord {
    const found = findRecord(this.dataDir);
    if (!found) throw new Error('the node wrote no status');
    return found;
  }

  /** So many workers serve: the node says so every two seconds, and the processes are there. */
  async serving(count: number): Promise<NodeRecord['workers']> {
    await vi.waitFor(() => expect(this.#serving()).toHaveLength(count), soon);
    return this.#serving();
  }

  #serving(): NodeRecord['workers'] {
    return this.record().workers.filter(({ state, pid }) => state === 'serving' && isThere(pid));
  }

  /** Every process of the node is gone. */
  async workersGone(): Promise<void> {
    const pids = findRecord(this.dataDir)?.workers.map(({ pid }) => pid) ?? [];
    await vi.waitFor(() => expect(pids.filter(isThere)).toEqual([]), soon);
  }

  /** Of all books of the node, in use or not; the node has ended. */
  rows(): BookedRow[] {
    const folders = [this.dataDir, ...slotFolders(join(this.dataDir, 'workers'))];
    return folders.flatMap((folder) => rowsIn(join(folder, 'ledger.db')));
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.splice(0).map((node) => node.kill('SIGKILL')));
    await this.center.stop();
    this.provider.stop();
    await this.workersGone();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

export type Asked = Awaited<ReturnType<typeof ask>>;

/** All at once. A line that broke is status 0. */
export function askMany(node: EdgeProcess, count: number, key = 'acp_one'): Promise<Asked[]> {
  return Promise.all(Array.from({ length: count }, () => askOne(node, key)));
}

export function askOne(node: EdgeProcess, key = 'acp_one'): Promise<Asked> {
  return ask(node.origin, key).catch(() => ({ status: 0, body: '' }));
}

export function isThere(pid: number | null): boolean {
  try {
    return pid !== null && process.kill(pid, 0);
  } catch {
    return false;
  }
}

function slotFolders(folder: string): string[] {
  try {
    return readdirSync(folder).map((slot) => join(folder, slot));
  } catch {
    return [];
  }
}

function rowsIn(path: string): BookedRow[] {
  const db = new Database(path, { readonly: true, fileMustExist: true });
  try {
    const sql = `SELECT request_id AS requestId, upstream_request_id AS upstreamRequestId, final, status,
      input + output AS tokens FROM edge_usage_rows`;
    return db.prepare<[], BookedRow>(sql).all();
  } finally {
    db.close();
  }
}
