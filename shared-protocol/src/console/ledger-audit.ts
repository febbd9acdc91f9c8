import { oc } from '@orpc/contract';
import { z } from 'zod';
import { rangeProof } from '../edge/settle.ts';
import { idSchema } from '../ids.ts';
import { instant, ok, pageQuery, pagination } from './envelope.ts';

const tags = ['Audit'];
const count = z.int().nonnegative();
const usd = z.number().describe('USD');
const percent = z.number().min(0).max(100);

/** A range of rows of one ledger file, by their numbers, both ends included. */
const range = z.object({ from: z.int().positive(), to: z.int().positive() });

const proofOutcome = z
  .enum(['same', 'differs', 'no_detail'])
  .describe(
    'same: the rows on the node add up to what was settled; no_detail: they are past their time or lost, nothing could be compared',
  );

const sums = z.object({ rows: count, ...rangeProof.shape.sums.shape });

/** A settled range that the node read again and added up. */
export const ledgerProof = range.extend({
  kind: z.enum(['sample', 'sweep']).describe('sweep: a part of a reading of everything'),
  outcome: proofOutcome,
  asked_at: instant,
  answered_at: instant,
  settled: sums,
  found: sums,
  same_chain: z.boolean().describe('the hash chain at the end of the range is the one that was settled'),
});
export type LedgerProof = z.infer<typeof ledgerProof>;

const estimates = {
  estimated: z
    .object({ rows: count, percent, tokens: count, tokens_percent: percent, cost_usd: usd, cost_percent: percent })
    .describe('booked by estimate because the provider told no usage: aborted, broken and lost ones'),
  lost: z.object({ requests: count, percent }).describe('cut by a crash of a node and booked by their estimate'),
};

export const auditedBook = z.object({
  id: z.string().describe('incarnation: one ledger file; a node has one for each of its processes'),
  node_id: z.string(),
  node_name: z.string(),
  state: z
    .enum(['open', 'condemned', 'closed'])
    .describe('condemned: the file was restored or copied, it is set aside; closed: what it could spend was taken back'),
  rows: count.describe('settled'),
  cost_usd: usd,
  settled_to: count.describe('number of the newest settled row'),
  settled_at: instant.nullable(),
  heard_at: instant,
  unsettled: count.describe('rows that the node spoke of and that are not settled'),
  proved: count.describe('rows that were read again on the node and add up to what was settled'),
  unproved: count.describe('rows that were never read again'),
  differing: z.int().describe('ranges whose newest reading differs from what was settled'),
  without_detail: z.int().describe('ranges of which no node has the rows any more'),
  missing: count.describe('rows that were never settled: both sides have lost them'),
  late: count.describe('rows that came after their rights had been taken back'),
  differs_since: instant.nullable().describe('its budgets and its rows disagree'),
  reading: z.boolean().describe('rows are being read again'),
  last_proof: z.object({ ...range.shape, outcome: proofOutcome, answered_at: instant }).nullable(),
});
export type AuditedBook = z.infer<typeof auditedBook>;

export const invariantResult = z.object({
  id: z
    .enum(['I1', 'I2', 'I3', 'I4', 'batches', 'windows', 'totals'])
    .describe(
      'I1: windows are the sums of their slices; I2: never more promised than the limit allows; I3: spent in budgets is spent in the books; ' +
        'I4: a window that ended leaks no rights; batches: contiguous and chained; windows: none overlaps; totals: hours, batches and counts agree',
    ),
  violations: count.describe('100: that many or more'),
  examples: z.array(z.string()).max(5),
});
export type InvariantResult = z.infer<typeof invariantResult>;

export const ledgerAudit = z.object({
  as_of: instant,
  summary: z.object({
    rows: count,
    nodes: count,
    books: count,
    differences: count.describe('ranges that differ, books that disagree with their budgets, and violated invariants'),
    ranges_without_detail: count,
    books_set_aside: count,
    proved_percent: percent,
    unproved: count,
    unsettled: count,
    tokens: count,
    cost_usd: usd,
    ...estimates,
  }),
  invariants: z.array(invariantResult),
  invariants_at: instant.describe('when they were last asked'),
  reading: count.describe('books that are being read again'),
  books: z.array(auditedBook),
  pagination,
});
export type LedgerAudit = z.infer<typeof ledgerAudit>;

export const auditedBookDetail = auditedBook.extend({
  ranges: z
    .array(range.extend({ is: z.enum(['unproved', 'differs', 'no_detail', 'missing', 'late']) }))
    .max(500)
    .describe('what is not simply proved; at most 100 of each'),
  proofs: z.array(ledgerProof).max(100).describe('newest first'),
});
export type AuditedBookDetail = z.infer<typeof auditedBookDetail>;

/** How well the books of one group are covered, for those who manage it. */
export const groupLedgerAudit = z.object({
  as_of: instant,
  rows: count,
  requests: count,
  tokens: count,
  cost_usd: usd,
  ...estimates,
  agrees: z.boolean().describe('hourly totals have exactly the rows that its nodes settled'),
  unsettled: count.describe('rows that its nodes spoke of, of any group, and that are not settled'),
  nodes: z.array(
    z.object({
      node_id: z.string(),
      node_name: z.string(),
      rows: count.describe('of this group, settled'),
      settled_at: instant.nullable(),
      unsettled: count,
      proved_percent: percent.describe('of its books, those of other groups included'),
      differing: count,
      without_detail: count,
    }),
  ),
});
export type GroupLedgerAudit = z.infer<typeof groupLedgerAudit>;

/** "Settled up to …, at most … unreported": what is not known of a node that is away. */
export const nodeLoss = z.object({
  node_id: z.string(),
  settled_at: instant.nullable(),
  tokens_at_most: count.describe('over all budgets: a request that several of them count is in here several times'),
  usd_at_most: usd,
  may_be_at_work: z.boolean().describe('it was heard of so lately that it may still spend: retire it first, or say `even_now`'),
  books: z.array(
    z.object({
      id: z.string(),
      state: z.enum(['open', 'presumed', 'condemned', 'closed']).describe('presumed: none of its rights is valid any more'),
      settled_to: count,
      known_seq: count.describe('newest row that the node spoke of'),
      settled_at: instant.nullable(),
      heard_at: instant,
      rights_until: instant,
      tokens_at_most: count,
      usd_at_most: usd,
    }),
  ),
});
export type NodeLossView = z.infer<typeof nodeLoss>;

const nodeParams = z.object({ nodeId: z.string().max(64) });

export const ledgerAuditContract = {
  get: oc
    .route({
      method: 'GET',
      path: '/admin/ledger-audit',
      summary: 'Whether the books of all nodes add up, and how that is known',
      tags,
    })
    .input(pageQuery)
    .output(ok(ledgerAudit)),
  book: oc
    .route({ method: 'GET', path: '/admin/ledger-audit/books/{bookId}', summary: 'One ledger file with its proofs', tags })
    .input(z.object({ bookId: z.string().max(64) }))
    .output(ok(auditedBookDetail)),
  check: oc
    .route({
      method: 'POST',
      path: '/admin/ledger-audit/check',
      summary: 'Ask all invariants now, and have the nodes read all their settled rows again',
      tags,
    })
    .output(ok(z.object({ asked: count.describe('books that are now read again'), violations: count }))),
  group: oc
    .route({
      method: 'GET',
      path: '/carpool/groups/{groupId}/ledger-audit',
      summary: 'How well the books of a group are covered',
      tags,
    })
    .input(z.object({ groupId: idSchema('group') }))
    .output(ok(groupLedgerAudit)),
  nodeLoss: oc
    .route({
      method: 'GET',
      path: '/admin/edge-nodes/{nodeId}/books',
      summary: 'Up to when a node is settled, and how much it may have used since, at the most',
      tags: ['Edge nodes'],
    })
    .input(nodeParams)
    .output(ok(nodeLoss)),
  forgetNode: oc
    .route({
      method: 'POST',
      path: '/admin/edge-nodes/{nodeId}/forget',
      summary: 'Give up on the books of a node: what it had and did not report goes to others',
      tags: ['Edge nodes'],
      inputStructure: 'detailed',
    })
    .input(
      z.object({
        params: nodeParams,
        body: z
          .object({ even_now: z.boolean().default(false).describe('it is gone for good though heard of lately') })
          .prefault({}),
      }),
    )
    .output(ok(nodeLoss)),
};
