import type { Mutation } from './mutation.ts';

const books = 'control-plane/src/fleet/settlement/reading/read-audited-books.ts';
const insight = (file: string) => `control-plane/src/insight/ledger-audit/${file}.ts`;
const read = { test: 'control-plane/src/fleet/settlement/reading/read-audited-books.pg.test.ts', project: 'postgres' } as const;
const told = { test: insight('ledger-audit.pg.test'), project: 'postgres' } as const;

export const mutations: readonly Mutation[] = [
  {
    name: 'a difference is forgotten once anything of the book was read again',
    file: books,
    find: 'later.book = proof.book AND later.id > proof.id',
    replace: 'later.book = proof.book',
    ...read,
  },
  {
    name: 'rows that differ count as proved, for they agreed once',
    file: books,
    find: 'kept * same - differs AS proved',
    replace: 'kept * same AS proved',
    ...read,
  },
  {
    name: 'the rows of a book that was set aside may still be read',
    file: books,
    find: "state = 'condemned' THEN kept",
    replace: "state = 'condemned' THEN missing",
    ...read,
  },
  {
    name: 'rows without detail count as never read',
    file: books,
    find: 'kept - proved - lacking - differs AS unproved',
    replace: 'kept - proved - differs AS unproved',
    ...read,
  },
  {
    name: 'books that need a look come last',
    file: books,
    find: 'ORDER BY isempty(differs) AND differs_at IS NULL',
    replace: 'ORDER BY NOT (isempty(differs) AND differs_at IS NULL)',
    ...read,
  },
  {
    name: 'violations are no differences',
    file: insight('read-ledger-audit'),
    find: ' + disagreeing + violated',
    replace: ' + disagreeing',
    ...told,
  },
  {
    name: 'invariants that are asked now are those of ten minutes ago',
    file: insight('ask-invariants'),
    find: 'forceRefresh: now',
    replace: 'forceRefresh: false',
    ...told,
  },
  {
    name: 'members see how their group is covered',
    file: insight('read-group-ledger'),
    find: '!group.seesAll',
    replace: 'false',
    ...told,
  },
  {
    name: 'totals always agree',
    file: insight('read-group-ledger'),
    find: 'agrees: counted === sums.rows',
    replace: 'agrees: true',
    ...told,
  },
  {
    name: 'a node at work is forgotten without a word',
    file: insight('routes'),
    find: 'evenNow: body.even_now',
    replace: 'evenNow: true',
    ...told,
  },
];
