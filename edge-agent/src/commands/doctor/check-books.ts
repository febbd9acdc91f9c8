import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { failuresPath, isWornOut, readFailures } from '../../ledger/disk/failures.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const what = 'books';

/** Did the disk fail under the books, and are there books that could not be trusted? Looks into every folder of books. */
export function checkBooks(dataDir: string): Finding[] {
  const files = readdirSync(dataDir, { recursive: true, encoding: 'utf8' });
  const folders = files.filter((name) => /(^|\/)ledger\.db$/.test(name)).map((name) => join(dataDir, name, '..'));
  const findings = [
    ...folders.flatMap(checkFailures),
    ...files
      .filter((name) => /(^|\/)ledger\.db\.(corrupt|condemned)-[\d-]+\.json$/.test(name))
      .map((name) => checkAside(dataDir, name)),
  ];
  return findings.length > 0 ? findings : [ok(what, 'nothing set aside, no failure of the disk')];
}

function checkFailures(folder: string): Finding[] {
  const failures = readFailures(folder);
  const last = failures.at(-1);
  if (!last) return [];
  const path = failuresPath(folder);
  const found = `the disk failed ${failures.length} times, last at ${new Date(last.at_ms).toISOString()}: ${last.reason}`;
  if (!isWornOut(failures)) return [warn(what, found, `Look at the disk (dmesg, smartctl). Once it is well: rm ${path}`)];
  return [
    fail(
      what,
      `${found}; the node takes no requests`,
      `Repair or replace the disk (dmesg, smartctl), then run: rm ${path} && restart the node`,
    ),
  ];
}

function checkAside(dataDir: string, name: string): Finding {
  const facts: unknown = JSON.parse(readFileSync(join(dataDir, name), 'utf8'));
  const { reason, books, headSeq, ackedSeq } = facts as Record<string, string | number | null>;
  const file = relative(dataDir, join(dataDir, name.slice(0, -'.json'.length)));
  const open =
    typeof headSeq === 'number' && typeof ackedSeq === 'number' ? `${headSeq - ackedSeq} rows unsettled` : 'rows unknown';
  return warn(
    what,
    `set aside: ${file} (${books ?? 'unreadable'}, ${open}): ${reason}`,
    'Nothing of it counts any more and its details are not in statistics. Keep it for a dispute, or delete it and its .json.',
  );
}
