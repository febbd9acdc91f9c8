/** The parts of a group's page, as its address names them; the first is shown unasked. */
export const groupTabs = ['accounts', 'services', 'quotas', 'traffic', 'members', 'events', 'history'] as const;
