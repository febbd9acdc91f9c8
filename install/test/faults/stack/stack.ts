import { cpSync } from 'node:fs';
import { type ConsoleClient, signIn } from '../../console-client.ts';
import { askOnce, type CallerOptions, Callers, type ClientLine, type OneAsk } from './callers.ts';
import { canaries } from './canaries.ts';
import { admin, Centre } from './centre.ts';
import { FaultProxy } from './fault-proxy.ts';
import { EdgeNode, type RunOptions } from './node.ts';
import { Provider } from './provider.ts';
import { RealWire } from './real-wire.ts';

export interface StackOptions {
  readonly folder: string;
  readonly root: string;
  readonly random: () => number;
  readonly nodes?: number;
  readonly replicas?: number;
  readonly durable?: boolean;
  readonly workers?: number;
  /** Accounts of the one provider, each by a wire of its own. */
  readonly accounts?: number;
  /** Nodes reach the centre, and the first account's provider, over wires of the kernel (needs root). */
  readonly realWires?: boolean;
  readonly nodeEnv?: Readonly<Record<string, string>>;
  readonly nodeRun?: (node: EdgeNode) => RunOptions;
  /** What nodes say to the centre is kept by their wires. */
  readonly record?: boolean;
  /** Before a node is enrolled: puts its folder on a disk of its own. */
  readonly onNodeFolder?: (dataDir: string) => void;
  readonly group?: Readonly<Record<string, unknown>>;
}

export interface GroupKey {
  readonly id: string;
  readonly secret: string;
}

/** The whole product on loopback, from source: Postgres, replicas, nodes, a provider with its own bill, and callers. */
export class Stack {
  readonly options: StackOptions;
  readonly provider: Provider;
  /** To the first account, when `realWires`. */
  realWire: RealWire | undefined;
  readonly toProvider: readonly FaultProxy[];
  readonly centre: Centre;
  readonly nodes: EdgeNode[] = [];
  #client: ConsoleClient;
  groupId = '';
  key: GroupKey = { id: '', secret: '' };
  /** Everything that callers of this stack ever saw. */
  readonly clientLog: ClientLine[] = [];
  readonly #running: Callers[] = [];
  readonly #onOpened: (close: () => Promise<void>) => void;
  #rids = 0;

  private constructor(
    options: StackOptions,
    provider: Provider,
    wires: FaultProxy[],
    centre: Centre,
    client: ConsoleClient,
    onOpened: (close: () => Promise<void>) => void,
  ) {
    this.#onOpened = onOpened;
    this.options = options;
    this.provider = provider;
    this.toProvider = wires;
    this.centre = centre;
    this.#client = client;
  }

  /** `onOpened` hears of every part as soon as it must be closed. */
  static async open(options: StackOptions, onOpened: (close: () => Promise<void>) => void): Promise<Stack> {
    const { folder, root, replicas = 1, durable = false, accounts = 1 } = options;
    const provider = await Provider.open();
    onOpened(() => provider.close());
    const wires: FaultProxy[] = [];
    const realWire = options.realWires ? openRealWire(onOpened) : undefined;
    for (let at = 0; at < accounts; at += 1) {
      const listenAt = at === 0 ? realWire?.near : undefined;
      const wire = await FaultProxy.open([{ host: '127.0.0.1', port: provider.port }], listenAt);
      if (at === 0) await realWire?.aim(wire.port, folder);
      onOpened(() => wire.close());
      wires.push(wire);
    }
    const centre = await Centre.open({ folder, root, replicas, durable }, onOpened);
    const client = await signIn(centre.urls[0] ?? '', admin);
    const stack = new Stack(options, provider, wires, centre, client, onOpened);
    onOpened(async () => void (await stack.stopCallers()));
    stack.realWire = realWire;
    await stack.#fill();
    for (let at = 0; at < (options.nodes ?? 1); at += 1) await stack.addNode();
    await Promise.all(stack.nodes.map((node) => node.ready()));
    return stack;
  }

  /** The first node. */
  get node(): EdgeNode {
    const [node] = this.nodes;
    if (!node) throw new Error('this stack has no node');
    return node;
  }

  get client(): ConsoleClient {
    return this.#client;
  }

  get token(): string {
    return this.#client.token;
  }

  /** Anew, after the first replica was away. */
  async signIn(): Promise<void> {
    this.#client = await signIn(this.centre.urls[0] ?? '', admin);
  }

  nextRid = (): string => `r${++this.#rids}`;

  async addNode(): Promise<EdgeNode> {
    const { folder, root, workers, nodeEnv, nodeRun } = this.options;
    const realWire = this.options.realWires ? openRealWire(this.#onOpened) : undefined;
    const toCentre = await FaultProxy.open(this.centre.targets, realWire?.near);
    await realWire?.aim(toCentre.port, folder);
    this.#onOpened(() => toCentre.close());
    if (this.options.record) toCentre.record = [];
    const made = await this.client.call<{ registration_token: string }>('POST', '/admin/edge-nodes/registration-tokens', {});
    const name = `node-${this.nodes.length}`;
    const node = new EdgeNode({
      name,
      folder,
      root,
      toCentre,
      ...(realWire ? { realWire } : {}),
      ...(workers ? { workers } : {}),
      ...(nodeEnv ? { env: nodeEnv } : {}),
    });
    this.options.onNodeFolder?.(node.dataDir);
    this.#onOpened(async () => void (await node.stop()));
    await node.enroll(made.registration_token);
    await node.start(nodeRun?.(node) ?? {});
    this.nodes.push(node);
    return node;
  }

  /** A copy of a node's disk, started beside it. Its books are read as any node's. */
  async cloneOf(original: EdgeNode): Promise<EdgeNode> {
    const { folder, root } = this.options;
    const clone = new EdgeNode({ name: `${original.name}-clone`, folder, root, toCentre: original.toCentre });
    cpSync(original.dataDir, clone.dataDir, { recursive: true });
    this.#onOpened(async () => void (await clone.stop()));
    await clone.start();
    this.nodes.push(clone);
    return clone;
  }

  /** Callers that go on until they are stopped. */
  call(over: Partial<CallerOptions> = {}): Callers {
    const callers = new Callers({
      nodes: () => this.nodes.map(({ url }) => url),
      key: () => this.key.secret,
      nextRid: this.nextRid,
      random: this.options.random,
      callers: 8,
      restMs: 5,
      streams: 0.5,
      output: (random) => 5 + Math.floor(random() * 40),
      ...over,
    });
    this.#running.push(callers);
    return callers;
  }

  async ask(over: Partial<OneAsk> = {}): Promise<ClientLine> {
    const { url } = this.node;
    return await askOnce({ node: url, key: this.key.secret, rid: this.nextRid(), log: this.clientLog, ...over });
  }

  async newKey(fields: object = {}): Promise<GroupKey> {
    const body = { name: `key ${this.nextRid()}`, group_id: this.groupId, ...fields };
    const { id, api_key: secret } = await this.client.call<{ id: string; api_key: string }>('POST', '/user/api-keys', body);
    return { id, secret };
  }

  /** A rule of the group; gives its id. */
  async newQuota(rule: object): Promise<string> {
    const { id } = await this.client.call<{ id: string }>('POST', `/carpool/groups/${this.groupId}/quotas`, rule);
    return id;
  }

  /** What clients of all callers saw, once these have stopped. */
  async stopCallers(): Promise<readonly ClientLine[]> {
    for (const callers of this.#running.splice(0)) {
      await callers.stop();
      for (const line of callers.log) this.clientLog.push(line);
    }
    return this.clientLog;
  }

  async #fill(): Promise<void> {
    const made = await this.client.call<{ id: string }>('POST', '/carpool/groups', {
      name: 'of the fault table',
      deployment_mode: 'distributed',
      primary_service: 'claude',
      enabled_services: ['claude'],
      max_keys_per_user: 1000,
      ...this.options.group,
    });
    this.groupId = made.id;
    for (const [at, wire] of this.toProvider.entries()) {
      await this.client.call('POST', `/carpool/groups/${this.groupId}/upstream-accounts`, {
        service_name: 'claude',
        name: `account ${at}`,
        auth_type: 'api_key',
        credential: `${canaries.account}-${at}`,
        base_url: (at === 0 ? this.realWire?.url : undefined) ?? wire.url,
        priority: at + 1,
      });
    }
    await this.client.call('PATCH', `/carpool/groups/${this.groupId}`, { status: 'active' });
    this.key = await this.newKey();
  }
}

function openRealWire(onOpened: (close: () => Promise<void>) => void): RealWire {
  const wire = RealWire.open();
  onOpened(() => wire.close());
  return wire;
}
