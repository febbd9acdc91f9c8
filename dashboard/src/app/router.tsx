import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Navigate } from '@tanstack/react-router';
import { groupTabs } from '../features/carpool/group/group-tabs.ts';
import { LoginPage } from '../features/identity/login-page.tsx';
import { isAdmin, useMe } from '../features/identity/session.tsx';
import { ProblemNote } from '../ui/problem-note.tsx';
import { Shell } from './shell.tsx';

const root = createRootRoute({ component: Root });

function Root() {
  const { data: me, isPending, error, refetch } = useMe();
  if (isPending) return null;
  if (error) return <ProblemNote error={error} onRetry={() => void refetch()} />;
  return me ? <Shell me={me} /> : <LoginPage />;
}

function Home() {
  const { data: me } = useMe();
  return me ? <Navigate to={isAdmin(me) ? '/admin/dashboard' : '/keys'} /> : null;
}

const page = (path: string, load: Parameters<typeof lazyRouteComponent>[0], name: string) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load, name) });

const tree = root.addChildren([
  createRoute({ getParentRoute: () => root, path: '/', component: Home }),
  page('/admin/dashboard', () => import('../features/insight/overview-page.tsx'), 'OverviewPage'),
  createRoute({
    getParentRoute: () => root,
    path: '/stats',
    validateSearch: (search: Record<string, unknown>) => ({
      ...(typeof search['group'] === 'string' ? { group: search['group'] } : {}),
      ...(search['range'] === '24h' || search['range'] === '30d' ? { range: search['range'] as '24h' | '30d' } : {}),
    }),
    component: lazyRouteComponent(() => import('../features/insight/usage-page.tsx'), 'UsagePage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/statements',
    validateSearch: (search: Record<string, unknown>): { group?: string; month?: string } => ({
      ...(typeof search['group'] === 'string' ? { group: search['group'] } : {}),
      ...(typeof search['month'] === 'string' ? { month: search['month'] } : {}),
    }),
    component: lazyRouteComponent(() => import('../features/insight/statements/statements-page.tsx'), 'StatementsPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/admin/audit',
    validateSearch: (search: Record<string, unknown>): { tab?: 'group'; group?: string; page?: number } => ({
      ...(search['tab'] === 'group' ? { tab: 'group' } : {}),
      ...(typeof search['group'] === 'string' ? { group: search['group'] } : {}),
      ...(Number.isInteger(search['page']) && Number(search['page']) > 1 ? { page: Number(search['page']) } : {}),
    }),
    component: lazyRouteComponent(() => import('../features/insight/audit/audit-page.tsx'), 'AuditPage'),
  }),
  page('/admin/groups', () => import('../features/carpool/groups-page.tsx'), 'GroupsPage'),
  createRoute({
    getParentRoute: () => root,
    path: '/admin/groups/$groupId',
    validateSearch: (search: Record<string, unknown>) => {
      const tab = groupTabs.find((one) => one === search['tab']);
      return tab ? { tab } : {};
    },
    component: lazyRouteComponent(() => import('../features/carpool/group-page.tsx'), 'GroupPage'),
  }),
  page('/admin/services', () => import('../features/carpool/services/services-page.tsx'), 'ServicesPage'),
  page('/admin/proxies', () => import('../features/carpool/proxies/proxies-page.tsx'), 'ProxiesPage'),
  createRoute({
    getParentRoute: () => root,
    path: '/keys',
    validateSearch: (search: Record<string, unknown>): { tab?: 'accounts' | 'quota' } =>
      search['tab'] === 'accounts' || search['tab'] === 'quota' ? { tab: search['tab'] } : {},
    component: lazyRouteComponent(() => import('../features/carpool/keys/keys-page.tsx'), 'KeysPage'),
  }),
  page('/alerts', () => import('../features/carpool/alerts/alerts-page.tsx'), 'AlertsPage'),
  page('/admin/nodes', () => import('../features/fleet/nodes-page.tsx'), 'NodesPage'),
]);

export const router = createRouter({ routeTree: tree, defaultPreload: 'intent', scrollRestoration: true });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
