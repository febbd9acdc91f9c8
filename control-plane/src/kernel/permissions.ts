import type { Role } from './context.ts';

/** `node`: an enrolled edge node. `anonymous`: nobody has to be signed in. The system itself may everything. */
export type Holder = Role | 'node' | 'anonymous';

const superAdmins = ['super_admin'] as const satisfies readonly Holder[];
const admins = ['super_admin', 'admin'] as const satisfies readonly Holder[];
/** Anyone signed in; whether the thing is theirs (their group, their key) is the verb's own check. */
const users = ['super_admin', 'admin', 'distributor', 'group_manager', 'group_member'] as const satisfies readonly Holder[];

/** The one table of who may do what. The same string is the audit action. */
export const permissions = {
  'identity.session.create': [...users, 'node', 'anonymous'],
  'identity.session.list': users,
  'identity.session.revoke': users,
  'identity.password.change': users,
  'identity.admin.create_first': superAdmins,
  'carpool.service.read': users,
  'carpool.service.update': admins,
  'carpool.service.create': admins,
  'carpool.service.remove': admins,
  'carpool.service.seed': [],
  'carpool.price.import': admins,
  'carpool.group.create': ['super_admin', 'admin', 'group_manager'],
  'carpool.group.read': users,
  'carpool.group.update': users,
  'carpool.group.close': users,
  'carpool.group.restore': users,
  'carpool.upstream.read': users,
  'carpool.upstream.add': users,
  'carpool.upstream.update': users,
  'carpool.upstream.remove': users,
  'carpool.upstream.import': users,
  'carpool.upstream.own': users,
  'carpool.upstream.test': users,
  'carpool.upstream.sign_in': users,
  'carpool.upstream.refresh': [],
  'carpool.proxy.read': admins,
  'carpool.proxy.add': admins,
  'carpool.proxy.update': admins,
  'carpool.proxy.remove': admins,
  'carpool.proxy.check': admins,
  'carpool.deployment.read': users,
  'carpool.deployment.update': users,
  'carpool.key.issue': users,
  'carpool.key.read': users,
  'carpool.key.update': users,
  'carpool.key.rotate': users,
  'carpool.key.revoke': users,
  'carpool.demo.seed': [],
  'carpool.demo.remove': admins,
  'insight.stats.read': users,
  'insight.overview.read': admins,
  'insight.node.read': admins,
  'insight.export.request': users,
  'insight.export.read': users,
  'insight.export.run': [],
  'insight.audit.read': users,
  'fleet.registration.issue': admins,
  'fleet.registration.read': admins,
  'fleet.registration.revoke': admins,
  'fleet.node.enroll': ['anonymous'],
  'fleet.node.open_session': ['node'],
  'fleet.node.sync': ['node'],
  'fleet.node.signal': ['node'],
  'fleet.node.read': admins,
  'fleet.node.update': admins,
  'fleet.node.retire': admins,
} as const satisfies Record<string, readonly Holder[]>;

export type Permission = keyof typeof permissions;
