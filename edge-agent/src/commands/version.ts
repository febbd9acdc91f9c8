/** The version of this program, as in its package.json (a test compares them). */
export const version = '0.1.0';

/** How this build introduces itself to the control plane. */
export const build = `aicarpool-edge/${version} node/${process.versions.node} ${process.platform}-${process.arch}`;
