import {
  acceptBatch,
  type BookStream,
  beginSession,
  type CenterSlice,
  type CenterWindow,
  changeLimit,
  closeSlice,
  emptyCenterSlice,
  emptySlice,
  giveBack,
  grant,
  holdAll,
  type NodeSlice,
  newCenterWindow,
  newStream,
  reserveOf,
  settle,
  takeGrant,
  takeReport,
} from '../../src/index.ts';

/**
 * A centre, nodes with disks, and every message between them as an item that a schedule may deliver, double, delay or
 * lose. Only the bookkeeping of the test is here; every rule is the production reducer.
 */
export interface World {
  readonly nodes: ModelNode[];
  center: ModelCenter;
  /** An older state of the centre, for a failover. */
  standby: ModelCenter;
  readonly reports: ReportMessage[];
  readonly answers: AnswerMessage[];
  /** What really was spent, by window. */
  readonly spent: number[];
  /** What a situation of the table allows on top of the limit: lost tails, lost grants. */
  readonly allowed: number[];
  /** Nothing crashed or was lost, so that books are equal and not only safe. */
  isCalm: boolean;
  nextName: number;
}

interface Disk {
  slices: NodeSlice[];
  holds: readonly Held[];
  seq: number;
  chain: string;
}

interface Held {
  readonly name: number;
  readonly amounts: readonly number[];
}

interface ModelNode {
  books: string;
  sessionNo: number;
  epoch: string;
  slices: NodeSlice[];
  holds: readonly Held[];
  disk: Disk;
  image: Disk | null;
  /** What these books really spent, by window. */
  spent: number[];
  /** By how much requests cost more than was held for them, in all. */
  overran: number[];
  /** Its rest was once given to others. */
  wasClosed: boolean[];
  isStopped: boolean;
}

interface ModelCenter {
  readonly epoch: string;
  readonly windows: CenterWindow[];
  readonly slices: Map<string, CenterSlice>;
  readonly streams: Map<string, BookStream>;
  readonly heard: Set<string>;
}

interface ReportMessage {
  readonly node: number;
  readonly books: string;
  readonly sessionNo: number;
  readonly epoch: string;
  readonly from: number;
  readonly seq: number;
  readonly prevChain: string;
  readonly chain: string;
  readonly slices: readonly NodeSlice[];
  readonly needs: readonly number[];
}

interface AnswerMessage {
  readonly node: number;
  readonly books: string;
  readonly sessionNo: number;
  readonly epoch: string;
  readonly fork: boolean;
  readonly slices: readonly CenterSlice[];
}

const wins = [0, 1];
const key = (books: string, win: number) => `${books} ${win}`;

export function newWorld(nodes: number, limits: readonly number[]): World {
  const center: ModelCenter = {
    epoch: 'e0',
    windows: limits.map(newCenterWindow),
    slices: new Map(),
    streams: new Map(),
    heard: new Set(),
  };
  const world: World = {
    nodes: [],
    center,
    standby: copyOf(center, 'e0'),
    reports: [],
    answers: [],
    spent: wins.map(() => 0),
    allowed: wins.map(() => 0),
    isCalm: true,
    nextName: 1,
  };
  for (let at = 0; at < nodes; at += 1) world.nodes.push(newBooks(world, center.epoch));
  return world;
}

function newBooks(world: World, epoch: string): ModelNode {
  const books = `b${world.nextName++}`;
  const sessionNo = world.nextName++;
  world.center.streams.set(books, newStream(sessionNo));
  const slices = wins.map(emptySlice);
  const disk = { slices, holds: [], seq: 0, chain: '' };
  return {
    books,
    sessionNo,
    epoch,
    slices,
    holds: [],
    disk,
    image: null,
    spent: wins.map(() => 0),
    overran: wins.map(() => 0),
    wasClosed: wins.map(() => false),
    isStopped: false,
  };
}

function copyOf(center: ModelCenter, epoch: string): ModelCenter {
  const { windows, slices, streams } = center;
  const heard = epoch === center.epoch ? new Set(center.heard) : new Set<string>();
  return { epoch, windows: [...windows], slices: new Map(slices), streams: new Map(streams), heard };
}

/** A number of 24 bits is one step: what happens, to whom, with what. */
export function step(world: World, code: number, isSoft: boolean): void {
  const op = code & 31;
  const a = (code >> 5) & 31;
  const b = (code >> 10) & 63;
  const at = a % world.nodes.length;
  const node = world.nodes[at];
  if (!node) return;
  if (op < 7) admit(world, node, [b & 3, (b >> 2) & 3]);
  else if (op < 12) end(world, node, b, isSoft ? (b >> 3) & 3 : 0);
  else if (op < 16) send(world, at, b & 7);
  else if (op < 20) hearReport(world, pick(world.reports, a, (b & 7) === 0));
  else if (op < 24) hearAnswer(world, pick(world.answers, a, (b & 7) === 0));
  else if (op === 24) pick(world.reports, a, false);
  else if (op === 25) pick(world.answers, a, false);
  else if (op === 26) give(node, b & 1, b >> 1);
  else if (op === 27) crash(world, node);
  else if (op === 28) changeOrClose(world, node, b);
  else if (op === 29) node.isStopped = (b & 1) === 0;
  else if (op === 30) restoreDisk(world, at, b);
  else restoreCenter(world, b);
}

function admit(world: World, node: ModelNode, amounts: readonly number[]): void {
  if (node.isStopped) return;
  const held = holdAll(node.slices, amounts);
  if (!held) return;
  node.slices = [...held];
  node.holds = [...node.holds, { name: world.nextName++, amounts }];
  node.disk = { ...node.disk, holds: node.holds };
}

/** A request really costs what it costs, and its row is written with the counters. */
function end(world: World, node: ModelNode, which: number, over: number): void {
  const held = node.holds[which % Math.max(1, node.holds.length)];
  if (!held) return;
  node.holds = node.holds.filter((other) => other !== held);
  const actual = held.amounts.map((amount) => (amount === 0 ? 0 : ((which >> 2) % (amount + 1)) + over));
  write(world, node, held, actual);
}

function write(world: World, node: ModelNode, held: Held, actual: readonly number[]): void {
  node.slices = node.slices.map((slice, win) => settle(slice, held.amounts[win] ?? 0, actual[win] ?? 0));
  for (const win of wins) {
    spend(world, node, win, actual[win] ?? 0);
    node.overran[win] = (node.overran[win] ?? 0) + Math.max(0, (actual[win] ?? 0) - (held.amounts[win] ?? 0));
  }
  const seq = node.disk.seq + 1;
  node.disk = { slices: unheld(node), holds: node.holds, seq, chain: `${node.disk.chain}.${held.name}:${actual.join()}` };
}

function spend(world: World, node: ModelNode, win: number, amount: number): void {
  world.spent[win] = (world.spent[win] ?? 0) + amount;
  node.spent[win] = (node.spent[win] ?? 0) + amount;
}

function send(world: World, at: number, need: number): void {
  const node = world.nodes[at];
  if (!node) return;
  const stream = world.center.streams.get(node.books);
  const from = (stream?.acked ?? 0) + 1;
  const { books, sessionNo, epoch, disk } = node;
  const prevChain = disk.chain.split('.').slice(0, from).join('.');
  const needs = node.isStopped ? [0, 0] : [need, need >> 1];
  const message = {
    node: at,
    books,
    sessionNo,
    epoch,
    from,
    seq: disk.seq,
    prevChain,
    chain: disk.chain,
    slices: node.slices,
    needs,
  };
  world.reports.push(message);
}

function hearReport(world: World, message: ReportMessage | undefined): void {
  if (!message) return;
  const { center } = world;
  const stream = center.streams.get(message.books);
  if (!stream) return;
  const isNews = message.seq >= message.from;
  const batch = isNews ? { from: message.from, to: message.seq, prevChain: message.prevChain, chain: message.chain } : null;
  const verdict = acceptBatch(stream, { sessionNo: message.sessionNo, baseSeq: 0, baseChain: '', batch });
  if (verdict.status === 'stale_session') return;
  center.streams.set(message.books, verdict.stream);
  const isFork = verdict.status === 'fork';
  const isTaken = (verdict.status === 'ok' || verdict.status === 'dup') && message.epoch === center.epoch;
  if (isTaken) for (const win of wins) account(world, message, win);
  if (isTaken) center.heard.add(message.books);
  const slices = wins.map((win) => center.slices.get(key(message.books, win)) ?? emptyCenterSlice);
  const { node, books, sessionNo } = message;
  world.answers.push({ node, books, sessionNo, epoch: center.epoch, fork: isFork, slices });
}

/** In the order of `answerWindow`, without its ends and shortages. */
function account({ center }: World, message: ReportMessage, win: number): void {
  const window = center.windows[win];
  const said = message.slices[win];
  if (!window || !said) return;
  const slice = center.slices.get(key(message.books, win)) ?? emptyCenterSlice;
  const proven = center.heard.has(message.books) ? 0 : said.granted;
  const reported = takeReport({ window, slice }, { ...said, proven });
  const unheard = [...center.slices].filter(([name]) => name.endsWith(` ${win}`) && !center.heard.has(name.split(' ')[0] ?? ''));
  const reserve = center.epoch === 'e0' ? 0 : reserveOf(unheard.map(([, other]) => other));
  const need = message.needs[win] ?? 0;
  const after = grant(reported, { need, target: need * 2, granted: said.granted }, { sharers: 2, reserve });
  center.windows[win] = after.window;
  center.slices.set(key(message.books, win), after.slice);
}

function hearAnswer(world: World, message: AnswerMessage | undefined): void {
  if (!message) return;
  const node = world.nodes[message.node];
  if (!node || node.books !== message.books || node.sessionNo !== message.sessionNo) return;
  if (message.fork) {
    beginAgain(world, message.node);
    return;
  }
  if (message.epoch !== node.epoch && message.epoch !== world.center.epoch) return;
  node.epoch = message.epoch;
  node.slices = node.slices.map((slice, win) =>
    takeGrant(slice, message.slices[win]?.granted ?? 0, message.slices[win]?.returned ?? 0),
  );
  node.slices.forEach((slice, win) => {
    if (message.slices[win]?.closed) node.slices[win] = giveBack(slice, Number.MAX_SAFE_INTEGER);
  });
  node.disk = { ...node.disk, slices: unheld(node) };
}

/** As the file has them: what is held stands in its intents. */
function unheld(node: ModelNode): NodeSlice[] {
  return node.slices.map((slice) => ({ ...slice, held: 0 }));
}

function give(node: ModelNode, win: number, amount: number): void {
  const slice = node.slices[win];
  if (!slice) return;
  node.slices[win] = giveBack(slice, amount);
  node.disk = { ...node.disk, slices: unheld(node) };
}

/** What was under way is booked as it was held; it cost that much at the most. */
function crash(world: World, node: ModelNode): void {
  if (node.holds.length > 0) world.isCalm = false;
  reopen(world, node, node.disk);
}

function reopen(world: World, node: ModelNode, disk: Disk): void {
  node.slices = [...disk.slices];
  node.disk = disk;
  for (const held of disk.holds) {
    node.slices = node.slices.map((slice, win) => settle(slice, 0, held.amounts[win] ?? 0));
    for (const win of wins) spend(world, node, win, Math.floor((held.amounts[win] ?? 0) / 2));
    node.disk = { ...node.disk, seq: node.disk.seq + 1, chain: `${node.disk.chain}.${held.name}:lost` };
  }
  node.holds = [];
  node.disk = { ...node.disk, slices: node.slices, holds: [] };
}

function changeOrClose(world: World, node: ModelNode, b: number): void {
  const { center } = world;
  const win = b & 1;
  const window = center.windows[win];
  if (!window) return;
  if ((b & 2) === 0) {
    center.windows[win] = changeLimit(window, 4 + (b >> 2));
    return;
  }
  const slice = center.slices.get(key(node.books, win));
  const isOver = node.isStopped && node.holds.length === 0;
  if (!slice || !isOver) return;
  const closed = closeSlice({ window, slice });
  node.wasClosed[win] = true;
  center.windows[win] = closed.window;
  center.slices.set(key(node.books, win), closed.slice);
}

function restoreDisk(world: World, at: number, b: number): void {
  const node = world.nodes[at];
  if (!node) return;
  if ((b & 3) !== 0 || node.image === null) {
    node.image = node.disk;
    return;
  }
  world.isCalm = false;
  const stream = world.center.streams.get(node.books);
  const { image } = node;
  const under = node.holds.flatMap(({ amounts }) => amounts.map((amount, win) => [win, Math.floor(amount / 2)] as const));
  for (const [win, amount] of under) spend(world, node, win, amount);
  const known = image.slices.map(
    ({ spent }, win) => spent + image.holds.reduce((sum, { amounts }) => sum + (amounts[win] ?? 0), 0),
  );
  for (const win of wins) {
    const heard = world.center.slices.get(key(node.books, win))?.spent ?? 0;
    const lost = Math.max(0, (node.spent[win] ?? 0) - Math.max(known[win] ?? 0, heard));
    world.allowed[win] = (world.allowed[win] ?? 0) + lost;
  }
  const before = [...world.spent];
  reopen(world, node, image);
  for (const win of wins) {
    world.spent[win] = before[win] ?? 0;
    node.spent[win] = Math.min(node.spent[win] ?? 0, node.slices[win]?.spent ?? 0);
  }
  if (stream) handshake(world, at, stream);
}

/** The first word after a restart: new session, and the file shows its rows. */
function handshake(world: World, at: number, stream: BookStream): void {
  const node = world.nodes[at];
  if (!node) return;
  node.sessionNo = world.nextName++;
  const chainAtAcked = node.disk.chain
    .split('.')
    .slice(0, stream.acked + 1)
    .join('.');
  const next = beginSession(stream, node.sessionNo, { seq: node.disk.seq, chainAtAcked });
  world.center.streams.set(node.books, next);
  if (next.fenced) beginAgain(world, at);
  else {
    node.slices = node.slices.map((slice, win) => {
      const { granted, returned } = world.center.slices.get(key(node.books, win)) ?? emptyCenterSlice;
      return takeGrant(slice, granted, returned);
    });
    node.disk = { ...node.disk, slices: unheld(node) };
  }
}

/** Whatever the old books still had stays with them until it may be closed. */
function beginAgain(world: World, at: number): void {
  const node = world.nodes[at];
  if (!node) return;
  for (const held of node.holds) for (const win of wins) spend(world, node, win, held.amounts[win] ?? 0);
  for (const win of wins) {
    const slice = node.slices[win];
    const heard = world.center.slices.get(key(node.books, win)) ?? emptyCenterSlice;
    const booked = Math.max(heard.spent, heard.granted - heard.returned);
    const over = Math.max(0, (node.spent[win] ?? 0) - booked);
    if (slice && over > 0) world.allowed[win] = (world.allowed[win] ?? 0) + over;
  }
  world.nodes[at] = newBooks(world, world.center.epoch);
}

/** The standby is promoted: everything since it last copied is lost, and what was granted in between is the bound. */
function restoreCenter(world: World, b: number): void {
  if ((b & 7) !== 0) {
    world.standby = copyOf(world.center, world.center.epoch);
    return;
  }
  world.isCalm = false;
  const lost = world.center;
  const now = copyOf(world.standby, `e${world.nextName++}`);
  for (const win of wins) {
    let lostGrants = 0;
    for (const [name, { granted }] of lost.slices) {
      if (name.endsWith(` ${win}`)) lostGrants += Math.max(0, granted - (now.slices.get(name)?.granted ?? 0));
    }
    const was = lost.windows[win];
    const is = now.windows[win];
    const lostLimit = was && is ? Math.max(0, was.limitPeak + was.forced - is.limitPeak - is.forced) : 0;
    world.allowed[win] = (world.allowed[win] ?? 0) + lostGrants + lostLimit;
  }
  world.center = now;
  world.standby = copyOf(now, now.epoch);
  world.nodes.forEach((node, at) => {
    const stream = now.streams.get(node.books);
    if (stream) handshakeAfterLoss(world, at, stream);
    else now.streams.set(node.books, newStream(node.sessionNo));
  });
}

/** Sessions are numbered on from the lost ones; rows behind `acked` are sent again. */
function handshakeAfterLoss(world: World, at: number, stream: BookStream): void {
  const node = world.nodes[at];
  if (!node) return;
  node.sessionNo = world.nextName++;
  world.center.streams.set(node.books, { ...stream, sessionNo: node.sessionNo });
}

function pick<T>(messages: T[], which: number, isDoubled: boolean): T | undefined {
  if (messages.length === 0) return undefined;
  const at = which % messages.length;
  const message = messages[at];
  if (!isDoubled) messages.splice(at, 1);
  return message;
}

/** The first thing that is wrong; undefined: every invariant holds. */
export function violation(world: World): string | undefined {
  for (const win of wins) {
    const window = world.center.windows[win];
    if (!window) continue;
    const slices = [...world.center.slices].filter(([name]) => name.endsWith(` ${win}`));
    const sum = (name: 'granted' | 'returned' | 'spent') => slices.reduce((total, [, slice]) => total + slice[name], 0);
    for (const name of ['granted', 'returned', 'spent'] as const) {
      if (sum(name) !== window[name]) return `I1: ${name} of window ${win} is not the sum of its slices`;
    }
    if (window.granted - window.returned > window.limitPeak + window.forced) return `Lemma 1: window ${win} promised too much`;
    if (window.spent > window.granted - window.returned) return `more was booked of window ${win} than was ever granted`;
    const wrong = wrongNode(world, win);
    if (wrong) return wrong;
    const bound = window.limitPeak + window.forced + (world.allowed[win] ?? 0) + unheardOverruns(world, win);
    if ((world.spent[win] ?? 0) > bound) return `spent ${world.spent[win]} of window ${win}, at most ${bound} was possible`;
  }
  return undefined;
}

function wrongNode(world: World, win: number): string | undefined {
  for (const node of world.nodes) {
    const slice = node.slices[win];
    if (!slice) continue;
    if (slice.held !== node.holds.reduce((sum, { amounts }) => sum + (amounts[win] ?? 0), 0))
      return `holds of ${node.books} leak`;
    const center = world.center.slices.get(key(node.books, win));
    const isLearned = world.center.heard.has(node.books) || world.center.epoch === 'e0';
    if (center && isLearned && slice.granted > center.granted) return `Lemma 3: ${node.books} holds more than was granted`;
    if (center && !center.closed && center.returned > slice.returned) return `Lemma 3: ${node.books} has what it gave back`;
    const beyond = slice.spent + slice.held - (slice.granted - slice.returned);
    if (!node.wasClosed[win] && beyond > (node.overran[win] ?? 0)) return `Lemma 2: ${node.books} promised more than it has`;
  }
  return undefined;
}

/** Overruns that were not reported yet, and what a closed slice spent without saying so. */
function unheardOverruns(world: World, win: number): number {
  return world.nodes.reduce((total, node) => {
    const slice = node.slices[win];
    const center = world.center.slices.get(key(node.books, win)) ?? emptyCenterSlice;
    if (!slice) return total;
    const beyond = Math.max(0, slice.spent + slice.held - (center.granted - center.returned));
    return total + (node.wasClosed[win] ? beyond : Math.min(beyond, node.overran[win] ?? 0));
  }, 0);
}

/** Everything ends, every message arrives, everybody gives back: afterwards the books must be equal. */
export function drainWorld(world: World): void {
  world.reports.length = 0;
  world.answers.length = 0;
  for (const node of world.nodes) {
    node.isStopped = true;
    while (node.holds.length > 0) end(world, node, 0, 0);
  }
  for (let round = 0; round < 4; round += 1) {
    for (let at = 0; at < world.nodes.length; at += 1) {
      const node = world.nodes[at];
      if (!node) continue;
      for (const win of wins) give(node, win, Number.MAX_SAFE_INTEGER);
      send(world, at, 0);
      hearReport(world, world.reports.pop());
      hearAnswer(world, world.answers.pop());
    }
  }
}

export function unequal(world: World): string | undefined {
  for (const node of world.nodes) {
    for (const win of wins) {
      const slice = node.slices[win];
      const center = world.center.slices.get(key(node.books, win)) ?? emptyCenterSlice;
      if (!slice || slice.spent < (node.spent[win] ?? 0)) return `${node.books} booked less than it spent`;
      if (world.isCalm && slice.spent !== (node.spent[win] ?? 0)) return `${node.books} booked what it did not spend`;
      if (center.spent !== slice.spent) return `${node.books} spent ${slice.spent}, the centre knows ${center.spent}`;
      if (center.granted - center.returned !== center.spent) return `rights of ${node.books} leaked`;
    }
  }
  return undefined;
}
