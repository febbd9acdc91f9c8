import { proxiesContract } from '@aicarpool/shared-protocol/console';
import { implement } from '@orpc/server';
import { type Ctx, ok, paginationOf } from '../../kernel/index.ts';
import { addProxy } from './add-proxy.ts';
import { type CheckPorts, checkProxy } from './check/check-proxy.ts';
import { getDeployment } from './deployment/read-deployment.ts';
import { setDeployment } from './deployment/set-deployment.ts';
import { getProxy, listProxies } from './read-proxies.ts';
import { removeProxy } from './remove-proxy.ts';
import { updateProxy } from './update-proxy.ts';
import { readProxyUsage } from './usage/read-proxy-usage.ts';

const os = implement(proxiesContract).$context<{ ctx: Ctx }>();

export function proxyRoutes(ports: CheckPorts) {
  return os.router({
    list: os.list.handler(async ({ context, input }) => {
      const { proxies, total } = await listProxies(context.ctx, input);
      const pagination = { ...paginationOf(input, total), total_pages: Math.ceil(total / input.limit) };
      return ok({ proxy_resources: proxies, pagination });
    }),
    add: os.add.handler(async ({ context, input }) => {
      const { proxy, check } = await addProxy(context.ctx, ports.policy, ports, input);
      return ok({ proxy_resource_id: proxy.id, status: proxy.status, health_check_result: check });
    }),
    get: os.get.handler(async ({ context, input }) => ok(await getProxy(context.ctx, input.proxyId))),
    update: os.update.handler(async ({ context, input }) => {
      const { proxyId } = input.params;
      const fields = await updateProxy(context.ctx, ports.policy, proxyId, input.body);
      return ok({ proxy_resource_id: proxyId, updated_fields: fields, effective_immediately: true as const });
    }),
    remove: os.remove.handler(async ({ context, input }) => {
      await removeProxy(context.ctx, input.proxyId);
      return ok({ proxy_resource_id: input.proxyId, deleted: true as const });
    }),
    check: os.check.handler(async ({ context, input }) => {
      const { proxy, check } = await checkProxy(context.ctx, ports, input.proxyId);
      const at = (proxy.lastCheckAt ?? context.ctx.clock.now()).toISOString();
      const status = check.connectivity === 'ok' ? ('healthy' as const) : ('unhealthy' as const);
      return ok({ proxy_id: proxy.id, check_timestamp: at, results: check, status });
    }),
    usage: os.usage.handler(async ({ context, input }) => ok(await readProxyUsage(context.ctx, input))),
    getDeployment: os.getDeployment.handler(async ({ context, input }) => ok(await getDeployment(context.ctx, input.groupId))),
    setDeployment: os.setDeployment.handler(async ({ context, input }) =>
      ok(await setDeployment(context.ctx, input.params.groupId, input.body)),
    ),
  });
}
