import { numberIn, textIn } from '../../../lib/form-values.ts';

/** A proxy as the form says it is. An empty password is not sent: an old one stays, a new proxy has none. */
export function proxyIn(fields: FormData) {
  const password = textIn(fields, 'password');
  return {
    name: textIn(fields, 'name') ?? '',
    description: textIn(fields, 'description') ?? '',
    proxy_type: fields.get('proxy_type'),
    host: textIn(fields, 'host') ?? '',
    port: numberIn(fields, 'port'),
    username: textIn(fields, 'username'),
    ...(password === null ? {} : { password }),
    provider: textIn(fields, 'provider'),
    provider_plan: textIn(fields, 'provider_plan'),
    country: textIn(fields, 'country'),
    country_code: textIn(fields, 'country_code')?.toUpperCase() ?? null,
    city: textIn(fields, 'city'),
    region: textIn(fields, 'region'),
    max_concurrent: numberIn(fields, 'max_concurrent') ?? 100,
    anonymity_level: fields.get('anonymity_level'),
    cost_per_month: numberIn(fields, 'cost_per_month'),
  };
}
