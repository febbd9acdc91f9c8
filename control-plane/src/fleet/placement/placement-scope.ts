/** The scope under which the change log notes that a group may be served elsewhere, or that a node came or went. */
export const placementScope = 'placement';
