import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { judge } from '../../checker/universal.ts';
import type { Scenario } from '../../scenario.ts';
import { lacksSmallDisks, SmallDisk } from '../../stack/machine.ts';
import { eventually, pause } from '../../stack/program.ts';

/** The disk under the books fills up, to the last byte, while streams run; then somebody makes room. */
export const diskFull: Scenario = {
  id: 'G-10',
  title: 'disk full: admission stops before, what runs is booked, recovery without a restart',
  everyday: false,
  lacks: lacksSmallDisks,
  mutations: [
    {
      name: 'requests are taken while there is no room',
      file: 'edge-agent/src/ledger/disk/disk-room.ts',
      find: 'get isShort(): boolean {',
      replace: 'get isShort(): boolean {\n    if (this.#sizes.diskFreeBytes >= 0) return false;',
    },
  ],
  run: async (stage) => {
    let disk: SmallDisk | undefined;
    const stack = await stage.open({
      onNodeFolder: (dataDir) => {
        const mounted = SmallDisk.mount(dataDir, 1_200);
        disk = mounted;
        stage.atEnd(async () => mounted.unmount());
      },
    });
    if (!disk) throw new Error('there is no small disk');
    const { pid } = stack.node.program;
    await eventually(() => {
      const missing = ['ledger.ballast', 'emergency.log'].filter((name) => !existsSync(join(stack.node.dataDir, name)));
      if (missing.length > 0) throw new Error(`the node has put nothing by for a full disk: no ${missing.join(', no ')}`);
    }, 60_000);
    const callers = stack.call({ callers: 4, restMs: 10 });
    await pause(1_000);
    // Streams of some seconds, which are still running when the disk is full.
    stack.provider.pace.pieceMs = 700;
    const long = stack.call({ callers: 6, streams: 1, output: () => 60, restMs: 60_000, timeoutMs: 60_000 });
    await pause(500);
    disk.fill(30);
    await eventually(async () => {
      const { status } = await stack.ask({ timeoutMs: 30_000 });
      if (status !== 503) throw new Error(`with 30 MiB left a node answers ${status}`);
    }, 12_000);
    const refused = stack.clientLog.at(-1);
    stage.expect(/disk|room|full|space/i.test(refused?.body ?? ''), `the refusal does not say why: ${refused?.body}`);
    disk.fill(0);
    await eventually(() => {
      if (long.log.some(({ endedAtMs }) => endedAtMs === 0)) throw new Error('streams still run');
    }, 40_000);
    const whole = long.log.filter(({ sawEnd }) => sawEnd).length;
    stage.figures['streams that ended on a full disk'] = `${whole} of ${long.log.length}`;
    stage.expect(whole === long.log.length, `${long.log.length - whole} streams were cut when the disk was full`);
    stack.provider.pace.pieceMs = 3;
    disk.makeRoom();
    await eventually(async () => {
      const { status, body } = await stack.ask();
      if (status !== 200) throw new Error(`with room again a node answers ${status}: ${body}`);
    }, 30_000);
    stage.expect(stack.node.program.pid === pid && stack.node.isRunning, 'the node was started again');
    stage.expect(callers.ended > 50, 'too few answers ended: this was no load');
    await judge(stage, stack);
  },
};
