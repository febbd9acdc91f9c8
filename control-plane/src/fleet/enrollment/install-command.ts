/** What an administrator pastes into a shell, in a checkout of this repository, to bring up a node. */
export function installCommand(publicUrl: string, registrationToken: string): string {
  const enroll = `npm run edge -- enroll --control-plane ${publicUrl} --token ${registrationToken} --data-dir ./edge-data`;
  return `${enroll} && npm run edge -- run --data-dir ./edge-data --listen 127.0.0.1:8082`;
}
