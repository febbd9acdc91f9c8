import { it } from 'vitest';
import { lanes } from './faults/table/lanes.ts';
import { playLane } from './faults/table/play.ts';
import { writeTable } from './faults/table/write-table.ts';

it.concurrent.for(lanes)(
  'callers of $caller before providers of $provider see, ask and are booked what the table of faults says',
  { timeout: 90_000 },
  async (lane, { expect }) => {
    const table = writeTable(lane, await playLane(lane));
    process.stdout.write(`\n${table}`);
    await expect(table).toMatchFileSnapshot(`./faults/__fixtures__/${lane.name}.md`);
  },
);
