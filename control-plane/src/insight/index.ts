/**
 * Insight: how much was used, by whom, and how complete that answer is. The numbers stay on the nodes; here they are
 * asked for, added up and kept for minutes. Whoever asks sees no more than his rights: a member himself, a manager
 * his group, an administrator everything. A node that is silent is named, never left out. Nobody imports insight but
 * the composition root.
 */
export { type Insight, openInsight } from './open-insight.ts';
