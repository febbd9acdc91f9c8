/** The parts of a group's page, as its address names them; the first that the reader may see is shown unasked. */
export const groupTabs = ['accounts', 'services', 'quotas', 'traffic', 'members', 'events', 'history'] as const;
export type GroupTab = (typeof groupTabs)[number];

const forManagers: ReadonlySet<GroupTab> = new Set(['accounts', 'history']);

/** Those that the reader may see. */
export function tabsFor(manages: boolean): readonly GroupTab[] {
  return groupTabs.filter((tab) => manages || !forManagers.has(tab));
}
