import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, Program } from './program.ts';

const relay = fileURLToPath(new URL('relay.ts', import.meta.url));

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] });

/** What keeps this machine from having a wire of the kernel's own; undefined: nothing. */
export function lacksNetworkNamespaces(): string | undefined {
  const name = `acp-try-${process.pid}`;
  try {
    ip('netns', 'add', name);
    ip('netns', 'del', name);
    return undefined;
  } catch {
    return 'network namespaces need root and `ip` (iproute2)';
  }
}

let made = 0;

/**
 * A hop in a network namespace of its own: a cut there swallows packets as a router does, the first ones of a connection
 * included, which no program in the middle can do. Everything sent to `host:port` arrives at `target` of this machine.
 */
export class RealWire {
  readonly host: string;
  readonly port = 4000;
  /** This machine as the hop sees it; the target must listen there. */
  readonly near: string;
  readonly #name: string;
  #relay: Program | undefined;

  private constructor(at: number) {
    const net = `10.231.${(process.pid % 60) * 4 + Math.floor(at / 60)}`;
    this.near = `${net}.${(at % 60) * 4 + 1}`;
    this.host = `${net}.${(at % 60) * 4 + 2}`;
    this.#name = `acp-${process.pid}-${at}`;
  }

  /** `open`, then `aim` it at something that listens on `near`. */
  static open(): RealWire {
    const wire = new RealWire(made++);
    const name = wire.#name;
    const ends = [`v${name.slice(4)}a`, `v${name.slice(4)}b`] as const;
    ip('netns', 'add', name);
    ip('link', 'add', ends[0], 'type', 'veth', 'peer', 'name', ends[1], 'netns', name);
    ip('addr', 'add', `${wire.near}/30`, 'dev', ends[0]);
    ip('link', 'set', ends[0], 'up');
    ip('-n', name, 'addr', 'add', `${wire.host}/30`, 'dev', ends[1]);
    ip('-n', name, 'link', 'set', ends[1], 'up');
    ip('-n', name, 'link', 'set', 'lo', 'up');
    return wire;
  }

  async aim(targetPort: number, folder: string): Promise<void> {
    const name = this.#name;
    const running = new Program({
      name: `relay ${name}`,
      command: 'ip',
      args: ['netns', 'exec', name, process.execPath, relay, this.host, String(this.port), this.near, String(targetPort)],
      cwd: folder,
      logFile: join(folder, `${name}.relay.log`),
    });
    this.#relay = running;
    await eventually(() => {
      if (!running.output.includes('relays')) throw new Error(`the relay does not come up: ${running.output}`);
    });
  }

  get url(): string {
    return `http://${this.host}:${this.port}`;
  }

  /** From now on nothing comes back; `heal` undoes it. */
  cut(): void {
    ip('-n', this.#name, 'route', 'add', 'blackhole', `${this.near}/32`);
  }

  heal(): void {
    ip('-n', this.#name, 'route', 'del', 'blackhole', `${this.near}/32`);
  }

  async close(): Promise<void> {
    await this.#relay?.end('SIGKILL');
    ip('netns', 'del', this.#name);
  }
}
