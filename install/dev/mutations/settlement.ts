import type { Mutation } from './mutation.ts';

const settlement = (file: string) => `control-plane/src/fleet/settlement/${file}.ts`;
const receive = { test: settlement('receive-settlement.pg.test'), project: 'postgres' } as const;
const together = { test: settlement('concurrency.pg.test'), project: 'postgres' } as const;
const epoch = { test: settlement('streams/follow-epoch.pg.test'), project: 'postgres' } as const;
const windows = { test: settlement('windows/open-windows.pg.test'), project: 'postgres' } as const;
const closing = { test: settlement('closing/close-books.pg.test'), project: 'postgres' } as const;
const limits = { test: settlement('windows/apply-limits.pg.test'), project: 'postgres' } as const;
const shares = { test: settlement('shares/lease-shares.pg.test'), project: 'postgres' } as const;
const proofs = { test: settlement('proofs/ask-proofs.pg.test'), project: 'postgres' } as const;

export const mutations: readonly Mutation[] = [
  {
    name: 'windows are locked in no order',
    file: settlement('windows/window-row'),
    find: 'ORDER BY win FOR NO KEY UPDATE',
    replace: 'ORDER BY random() FOR NO KEY UPDATE',
    ...together,
  },
  {
    name: 'windows are not locked',
    file: settlement('windows/window-row'),
    find: 'ORDER BY win FOR NO KEY UPDATE',
    replace: 'ORDER BY win',
    ...together,
  },
  {
    name: 'totals are written before the batch is judged to be new',
    file: settlement('streams/settle-rows'),
    find: "if (!batch || verdict.status !== 'ok')",
    replace: 'if (!batch)',
    ...receive,
  },
  {
    name: 'any session may settle',
    file: settlement('receive-settlement'),
    find: '  assertSession(moment, request.session_no);\n',
    replace: '',
    ...receive,
  },
  {
    name: 'a file that was put back is not noticed',
    file: settlement('streams/judge-stream'),
    find: 'request.session_no > book.sessionNo',
    replace: 'request.session_no < book.sessionNo',
    ...receive,
  },
  {
    name: 'a fork is answered and not remembered',
    file: settlement('receive-settlement'),
    find: '  await condemnBook(tx, book);\n',
    replace: '',
    ...receive,
  },
  {
    name: 'rows of any group count',
    file: settlement('streams/settle-rows'),
    find: 'batch.totals.filter((total) => served.has(total.group_id))',
    replace: 'batch.totals',
    ...receive,
  },
  {
    name: 'windows of any group may be spent',
    file: settlement('windows/lock-own-windows'),
    find: 'return served.has(window.groupId) && ',
    replace: 'return served.size >= 0 && ',
    ...receive,
  },
  {
    name: 'any node leases limits of any group',
    file: settlement('receive-settlement'),
    find: 'request.shares.filter(({ name }) => settled.serves.has(groupOfLimit(name)))',
    replace: 'request.shares.filter(({ name }) => groupOfLimit(name) !== name)',
    ...receive,
  },
  {
    name: 'a threshold is told at every settlement',
    file: settlement('windows/threshold'),
    find: 'const noted = { ...window, toldPercent: percent };',
    replace: 'const noted = { ...window };',
    ...receive,
  },
  {
    name: 'the sum that a node says is not compared with its rows',
    file: settlement('windows/settle-window'),
    find: 'said > total : said !== total',
    replace: 'said > total : said < total',
    ...receive,
  },
  {
    name: 'grants go on while the centre learns',
    file: settlement('settle-slices'),
    find: "learning: epoch.learning || book.state === 'closed'",
    replace: "learning: book.state === 'closed'",
    ...epoch,
  },
  {
    name: 'receipts prove nothing',
    file: settlement('settle-slices'),
    find: 'proven: proofs.get(win)?.granted ?? 0',
    replace: 'proven: 0',
    ...epoch,
  },
  {
    name: 'receipts are read as of the epoch that the node knows by now',
    file: settlement('windows/gather-windows'),
    find: 'book: request.books, epoch });',
    replace: 'book: request.books, epoch: request.epoch });',
    ...epoch,
  },
  {
    name: 'nodes tell a receipt as one of the newest epoch',
    file: 'shared-protocol/src/escrow/node-ask.ts',
    find: 'receipt_epoch: window.epoch }',
    replace: 'receipt_epoch: book.epoch }',
    ...epoch,
  },
  {
    name: 'questions of the past are taken',
    file: settlement('receive-settlement'),
    find: 'if (isOfThePast(request.epoch, moment.head.epoch)) return { ...told',
    replace: 'if (request.epoch.length > 64) return { ...told',
    ...epoch,
  },
  {
    name: 'lost windows are not made again',
    file: settlement('windows/lock-own-windows'),
    find: '    await restoreWindows(tx, lost, quotas);\n',
    replace: '',
    ...epoch,
  },
  {
    name: 'numbers of lost windows are given again',
    file: settlement('streams/follow-epoch'),
    find: 'const lostNumbers = 1_000_000;',
    replace: 'const lostNumbers = 0;',
    ...epoch,
  },
  {
    name: 'nothing is kept for those that stay silent',
    file: settlement('settle-slices'),
    find: 'reserve: reserves?.get(win) ?? 0',
    replace: 'reserve: 0',
    ...epoch,
  },
  {
    name: 'a new time zone begins its own windows at once',
    file: settlement('windows/open-windows'),
    find: 'coalesce(kept.starts, fresh.starts) AS starts, coalesce(kept.ends, fresh.ends) AS ends',
    replace: 'fresh.starts AS starts, fresh.ends AS ends',
    ...windows,
  },
  {
    name: 'books are closed while their rights are valid',
    file: settlement('closing/close-books'),
    find: 'holdMs: Math.max(0, untilMs - heardAtMs)',
    replace: 'holdMs: 0',
    ...closing,
  },
  {
    name: 'who says goodbye keeps everything',
    file: settlement('closing/close-books'),
    find: '(slice, { endsAtMs }) => done || mayClose',
    replace: '(slice, { endsAtMs }) => mayClose',
    ...closing,
  },
  {
    name: 'a lowered limit waits for the next settlement',
    file: settlement('windows/follow-limits'),
    find: 'if (groups.length > 0)',
    replace: 'if (groups.length > 1_000)',
    ...limits,
  },
  {
    name: 'nobody is asked to give back for a request that waits',
    file: settlement('receive-settlement'),
    find: 'if (settled.slices.recalling.length > 0)\n',
    replace: 'if (settled.slices.recalling.length > 1_000)\n',
    ...limits,
  },
  {
    name: 'leases are given without a lock',
    file: settlement('shares/lease-shares'),
    find: 'SELECT pg_advisory_xact_lock(',
    replace: 'SELECT concat(',
    ...shares,
  },
  {
    name: 'a hard budget that refuses everything is never told to be reached',
    file: settlement('windows/threshold'),
    find: '(exhausted || toldPercent === 100)',
    replace: 'toldPercent === 100',
    ...receive,
  },
  {
    name: 'a budget is reached for ever, whatever its limit becomes',
    file: settlement('windows/window-row'),
    find: ', toldPercent: 0 };',
    replace: ' };',
    ...receive,
  },
  {
    name: 'rows that are read again are compared without their chain',
    file: settlement('proofs/take-proof'),
    find: 'found.chain === settled.chain &&',
    replace: '',
    ...proofs,
  },
];
