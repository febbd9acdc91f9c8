import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, chownSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  type Database,
  type EmbeddedPostgres,
  newLogger,
  openDatabase,
  startEmbeddedPostgres,
} from '../../../../control-plane/src/kernel/index.ts';
import { freePort } from '../../product.ts';
import { eventually, Program } from './program.ts';

const run = promisify(execFile);

export const admin = { email: 'admin@example.com', password: 'correct horse battery staple' };

export interface CentreOptions {
  readonly folder: string;
  /** Checkout whose programs run. */
  readonly root: string;
  readonly replicas: number;
  /** fsync and the rest, as in production; without, commits are quick and a killed server may lose some. */
  readonly durable: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

interface Replica {
  readonly port: number;
  readonly dataDir: string;
  readonly logFile: string;
  program: Program;
}

/** The control plane as it runs in production: replicas over one Postgres, each a process of its own. */
export class Centre {
  readonly replicas: Replica[] = [];
  readonly #options: CentreOptions;
  readonly #masterKey = randomBytes(32).toString('hex');
  #postgres: EmbeddedPostgres | undefined;
  #database: Database | undefined;

  private constructor(options: CentreOptions) {
    this.#options = options;
  }

  static async open(options: CentreOptions, onOpened: (close: () => Promise<void>) => void): Promise<Centre> {
    const centre = new Centre(options);
    onOpened(() => centre.close());
    await centre.startPostgres();
    for (let at = 0; at < options.replicas; at += 1) await centre.#addReplica(at);
    return centre;
  }

  get urls(): readonly string[] {
    return this.replicas.map(({ port }) => `http://127.0.0.1:${port}`);
  }

  get targets(): readonly { readonly host: string; readonly port: number }[] {
    return this.replicas.map(({ port }) => ({ host: '127.0.0.1', port }));
  }

  /** What the checker reads the books of the centre with. */
  get sql(): Database['sql'] {
    if (!this.#database) throw new Error('Postgres is stopped');
    return this.#database.sql;
  }

  get databaseUrl(): string {
    return this.#postgres?.address.url ?? '';
  }

  get postmasterPid(): number {
    return this.#postgres?.pid() ?? 0;
  }

  get logFiles(): readonly string[] {
    return this.replicas.map(({ logFile }) => logFile);
  }

  async startPostgres(): Promise<void> {
    const { folder, durable } = this.#options;
    this.#postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), log: newLogger('silent'), durable });
    this.#database = openDatabase(this.#postgres.address, { max: 2 });
  }

  async stopPostgres(): Promise<void> {
    await this.#database?.close().catch(() => undefined);
    this.#database = undefined;
    await this.#postgres?.close();
    this.#postgres = undefined;
  }

  /** kill -9; whoever started the server starts it again. Resolves when it answers. */
  async crashPostgres(): Promise<void> {
    const pid = this.postmasterPid;
    process.kill(pid, 'SIGKILL');
    await eventually(async () => {
      if (this.postmasterPid === pid) throw new Error('the postmaster has not been replaced');
      await this.sql`SELECT 1`;
    }, 30_000);
  }

  get #clusterFolder(): string {
    return realpathSync(join(this.#options.folder, 'postgres', 'postgres'));
  }

  /** The server as it is now, kept beside it: what a standby would know that hears nothing from now on. */
  async keepStandby(): Promise<void> {
    const root = this.#clusterFolder;
    const connection = await this.sql.reserve();
    try {
      await connection`SELECT pg_backup_start('standby', true)`;
      await run('cp', ['-a', join(root, 'data'), join(root, 'standby')]);
      const [label] = await connection`SELECT labelfile FROM pg_backup_stop(false)`;
      await run('cp', ['-a', join(root, 'data', 'pg_wal'), join(root, 'wal-of-backup')]);
      rmSync(join(root, 'standby', 'pg_wal'), { recursive: true });
      await run('mv', [join(root, 'wal-of-backup'), join(root, 'standby', 'pg_wal')]);
      writeFileSync(join(root, 'standby', 'backup_label'), String(label?.['labelfile']));
    } finally {
      connection.release();
    }
  }

  /** The server is gone for good; the standby takes its place, on a time line of its own, without what was committed since. */
  async promoteStandby(): Promise<void> {
    const root = this.#clusterFolder;
    await this.stopPostgres();
    await run('mv', [join(root, 'data'), join(root, 'lost')]);
    await run('mv', [join(root, 'standby'), join(root, 'data')]);
    for (const name of ['postmaster.pid', 'postmaster.opts']) rmSync(join(root, 'data', name), { force: true });
    appendFileSync(join(root, 'data', 'postgresql.auto.conf'), "restore_command = 'false'\n");
    writeFileSync(join(root, 'data', 'recovery.signal'), '');
    const { uid, gid } = statSync(join(root, 'lost'));
    for (const name of ['recovery.signal', 'backup_label']) chownSync(join(root, 'data', name), uid, gid);
    await this.startPostgres();
  }

  async startReplica(at: number): Promise<void> {
    const replica = this.replicas[at];
    if (!replica) throw new Error(`there is no replica ${at}`);
    replica.program = this.#spawn(at, replica);
    await this.#ready(replica);
  }

  async killReplica(at: number, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.replicas[at]?.program.end(signal);
  }

  async close(): Promise<void> {
    await Promise.all(this.replicas.map(({ program }) => program.end('SIGTERM', 15_000)));
    await this.stopPostgres();
  }

  async #addReplica(at: number): Promise<void> {
    const dataDir = join(this.#options.folder, `centre-${at}`);
    await mkdir(dataDir, { recursive: true });
    const place = { port: await freePort(), dataDir, logFile: join(this.#options.folder, `centre-${at}.log`) };
    const replica = { ...place, program: this.#spawn(at, place) };
    this.replicas.push(replica);
    await this.#ready(replica);
  }

  #spawn(at: number, { port, dataDir, logFile }: Omit<Replica, 'program'>): Program {
    const env = {
      CARPOOL_DATA_DIR: dataDir,
      CARPOOL_PORT: String(port),
      CARPOOL_ADMIN_EMAIL: admin.email,
      CARPOOL_ADMIN_PASSWORD: admin.password,
      CARPOOL_DEMO: 'false',
      CARPOOL_MASTER_KEY: this.#masterKey,
      CARPOOL_ALLOW_PRIVATE_UPSTREAMS: '127.0.0.0/8,10.231.0.0/16',
      DATABASE_URL: this.databaseUrl,
      ...this.#options.env,
    };
    const { root } = this.#options;
    return new Program({ name: `control plane ${at}`, args: ['control-plane/src/main.ts'], cwd: root, env, logFile });
  }

  async #ready({ port, program }: Replica): Promise<void> {
    await eventually(async () => {
      if (!program.isRunning) return;
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_000) });
      if (!answer.ok) throw new Error(`the control plane answers ${answer.status}`);
    }, 60_000);
    if (!program.isRunning) throw new Error(`${program.name} ended:\n${program.output.slice(-3_000)}`);
  }
}
