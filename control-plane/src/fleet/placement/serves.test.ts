import { describe, expect, it } from 'vitest';
import { type PlaceableGroup, type PlaceableNode, serves } from './serves.ts';

const edge: PlaceableNode = { id: 'nod_edge', role: 'edge', onlyGroups: null, retiredAt: null };
const central: PlaceableNode = { id: 'nod_central', role: 'central', onlyGroups: null, retiredAt: null };
const group = (change: Partial<PlaceableGroup> = {}): PlaceableGroup => ({
  id: 'grp_a',
  status: 'active',
  mode: 'hybrid',
  nodeIds: [],
  ...change,
});

describe('placement', () => {
  it('follows the mode where no node is named', () => {
    const placed = (mode: PlaceableGroup['mode']) =>
      [edge, central].filter((node) => serves(node, group({ mode }))).map(({ id }) => id);
    expect(placed('centralized')).toEqual(['nod_central']);
    expect(placed('distributed')).toEqual(['nod_edge']);
    expect(placed('hybrid')).toEqual(['nod_edge', 'nod_central']);
  });

  it('follows the named nodes, whatever their role', () => {
    const named = group({ mode: 'distributed', nodeIds: ['nod_central'] });
    expect(serves(central, named)).toBe(true);
    expect(serves(edge, named)).toBe(false);
  });

  it('puts drafts and closed groups nowhere, and keeps suspended ones', () => {
    expect(serves(edge, group({ status: 'draft' }))).toBe(false);
    expect(serves(edge, group({ status: 'closed', nodeIds: ['nod_edge'] }))).toBe(false);
    expect(serves(edge, group({ status: 'suspended' }))).toBe(true);
  });

  it('gives a retired node nothing, even by name', () => {
    expect(serves({ ...edge, retiredAt: new Date(0) }, group({ nodeIds: ['nod_edge'] }))).toBe(false);
  });

  it('never passes the groups that the node was enrolled for', () => {
    const bound = { ...edge, onlyGroups: ['grp_b'] };
    expect(serves(bound, group())).toBe(false);
    expect(serves(bound, group({ nodeIds: ['nod_edge'] }))).toBe(false);
    expect(serves(bound, group({ id: 'grp_b' }))).toBe(true);
  });
});
